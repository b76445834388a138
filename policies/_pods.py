"""Where the pods of a workload lie: every kind that makes pods, as one."""

from collections.abc import Iterable, Iterator
from typing import Any

from policies._kubernetes import judge_namespaced
from policies._verdict import Verdict, not_applicable
from policies._view import ABSENT, UNKNOWN, Resource, Stack

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


def judge_pods(resource: Resource, stack: Stack, demands: Iterable[Verdict]) -> Verdict:
    """The worst of some demands on the pods of a workload, unless they are the cluster's own or another workload's."""
    if resource.type.endswith(":Rollout") and resource.get("spec.template") is ABSENT:
        return not_applicable("its pods are those of the workload that it refers to")
    return judge_namespaced(resource, stack, demands)


def effective(resource: Resource, container: str, name: str) -> str:
    """The path of a field of the security context that holds for a container: its own, else that of the pod."""
    own = f"{container}.securityContext.{name}"
    return own if resource.get(own) is not ABSENT else in_pod(resource, f"spec.securityContext.{name}")


def items(resource: Resource, path: str) -> Iterator[str]:
    """The paths of a list's items; the list's own path, below which all is unknown, where the list is not known."""
    found = resource.get(path)
    if found is UNKNOWN:
        yield path
    elif isinstance(found, list):
        yield from (f"{path}[{index}]" for index in range(len(found)))
