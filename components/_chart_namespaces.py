"""The namespaces of controllers: their Pod Security level, and which traffic reaches their pods, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components import versions

MONITORING = versions.KUBE_PROMETHEUS_STACK.namespace


@dataclass(frozen=True)
class Space:
    """What the pods of a namespace need.

    Attributes:
        scraped: Ports that Prometheus reads metrics from.
        asked: Ports of webhooks and aggregated APIs, which the API server calls.
        level: The Pod Security Standard that its pods meet.
    """

    scraped: Sequence[int] = ()
    asked: Sequence[int] = ()
    level: str = "restricted"


SPACES = {
    versions.ARGO_ROLLOUTS.namespace: Space(scraped=(8090,)),
    versions.CERT_MANAGER.namespace: Space(scraped=(9402,), asked=(10250,)),
    versions.EXTERNAL_SECRETS.namespace: Space(scraped=(8080,), asked=(10250,)),
    versions.KEDA.namespace: Space(scraped=(8080,), asked=(6443, 9443)),
    versions.KUEUE.namespace: Space(scraped=(8443,), asked=(8082, 9443)),
    # Its pods mount the kubelet's sockets.
    versions.NVIDIA_DEVICE_PLUGIN.namespace: Space(scraped=(9400,), level="privileged"),
}
"""Namespace to what its pods need; the ports are those that the charts' pods have."""


def namespace(name: str, space: str, labels: Mapping[str, str], opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Make the namespace of a controller, closed but for what its pods need.

    Args:
        name: Logical name of the namespace and of its network policy.
        space: A key of SPACES.
        labels: Labels of both.
        opts: Options of both.
    """
    modes = {f"pod-security.kubernetes.io/{mode}": SPACES[space].level for mode in ("audit", "enforce", "warn")}
    made = k8s.core.v1.Namespace(name, metadata={"name": space, "labels": {**labels, **modes}}, opts=opts)
    spec: Any = ingress(SPACES[space])
    policy = k8s.networking.v1.NetworkPolicy(
        name,
        metadata={"name": "callers", "namespace": space, "labels": dict(labels)},
        spec=spec,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[made])),
    )
    return [made, policy]


def ingress(space: Space) -> dict[str, Any]:
    """Spec of the network policy: the namespace itself, Prometheus, and the API server."""
    prometheus = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": MONITORING}}}
    return {
        "podSelector": {},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": [{"podSelector": {}}]},
            {"from": [prometheus], "ports": _ports(space.scraped)},
            # The API server of EKS is no pod, so no selector matches it.
            *([{"ports": _ports(space.asked)}] if space.asked else []),
        ],
    }


def _ports(numbers: Sequence[int]) -> list[dict[str, Any]]:
    return [{"port": number, "protocol": "TCP"} for number in numbers]
