"""What the API server refuses: admission policies that somebody else has written."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from components._component import Component, after
from components._kubernetes import custom, labels


class AdmissionPoliciesArgs(TypedDict):
    """Inputs of AdmissionPolicies."""

    manifests: Sequence[Mapping[str, Any]]
    """Policies and bindings as Kubernetes has them, a policy before its binding."""
    tags: Mapping[str, str]
    """Mandatory tags; the objects' labels."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """`ready` of what is not to be judged, such as ClusterAddons. Default: nothing."""


class AdmissionPolicies(Component):
    """Policies of the API server, each of which takes effect with all that it refers to already there."""

    ready: pulumi.Output[str]
    """The component's name, once all of them are there; give it in `after` to what is to be judged."""

    def __init__(self, name: str, args: AdmissionPoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        made: list[pulumi.Resource] = []
        for manifest in args["manifests"]:
            kind, metadata = manifest["kind"], manifest["metadata"]
            document = {**manifest, "metadata": {**metadata, "labels": labels(self._tags)}}
            needed = [*args.get("after", []), *(made if kind.endswith("Binding") else [])]
            made.append(custom(f"{name}-{metadata['name']}", document, self._child(needed)))
        self._finish(ready=after(name, *made))
