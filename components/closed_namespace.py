"""The namespace `default` without traffic: CIS EKS 4.6 demands that no workload runs in it."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_kubernetes as k8s

from components import _tenant_documents as documents
from components._component import Component, after
from components._kubernetes import labels


class ClosedNamespaceArgs(TypedDict):
    """Inputs of ClosedNamespace."""

    namespace: str
    """The namespace, which exists: `default`."""
    tags: Mapping[str, str]
    """Mandatory tags; the namespace's labels."""


class ClosedNamespace(Component):
    """Labels an existing namespace for the restricted Pod Security Standard, and denies its pods all traffic.

    The namespace itself stays when the component is destroyed.
    """

    ready: pulumi.Output[str]
    """The namespace's name, once it is closed."""

    def __init__(self, name: str, args: ClosedNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        space, own = args["namespace"], labels(self._tags)
        patch = k8s.core.v1.NamespacePatch(
            name, metadata={"name": space, "labels": {**own, **documents.restricted_labels()}}, opts=self._child()
        )
        denied = k8s.networking.v1.NetworkPolicy(
            name,
            metadata={"name": "default-deny", "namespace": space, "labels": own},
            spec=documents.DENY_ALL,
            opts=self._child(),
        )
        self._finish(ready=after(space, patch, denied))
