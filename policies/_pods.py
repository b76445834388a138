"""Where the pods of a workload lie: every kind that makes pods, as one."""

from collections.abc import Iterator
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource

_PATHS = {
    "kubernetes:core/v1:Pod": "",
    "kubernetes:apps/v1:Deployment": "spec.template",
    "kubernetes:apps/v1:StatefulSet": "spec.template",
    "kubernetes:apps/v1:DaemonSet": "spec.template",
    "kubernetes:apps/v1:ReplicaSet": "spec.template",
    "kubernetes:argoproj.io/v1alpha1:Rollout": "spec.template",
    "kubernetes:batch/v1:Job": "spec.template",
    "kubernetes:batch/v1:CronJob": "spec.jobTemplate.spec.template",
}

WORKLOADS = tuple(_PATHS)
"""Type tokens of everything that makes pods. A Rollout may leave its pods to a Deployment (`workloadRef`)."""


def in_pod(resource: Resource, path: str) -> str:
    """The path of a property of the pods, for example `spec.hostNetwork`, within the workload."""
    return ".".join(filter(None, (_PATHS[resource.type], path)))


def containers(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Path and value of every container, init and ephemeral ones too; `UNKNOWN` where a whole list is not known."""
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        path = in_pod(resource, f"spec.{kind}")
        found = resource.get(path)
        if found is UNKNOWN:
            yield path, UNKNOWN
        elif found is not ABSENT and isinstance(found, list):
            yield from ((f"{path}[{index}]", container) for index, container in enumerate(found))
