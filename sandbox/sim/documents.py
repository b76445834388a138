"""The Kubernetes objects of a scenario, as plain data."""

import math
import re
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from sandbox.kubernetes.client import Object
from sandbox.sim.scenario import Shortage

LABEL = "ml-platform/sim"
"""On everything that a scenario makes, its nodes included, by which it is found and taken away."""
GPU, ZONE, CAPACITY = "nvidia.com/gpu", "topology.kubernetes.io/zone", "karpenter.sh/capacity-type"
FAMILY = "karpenter.k8s.aws/instance-family"
IMAGE = f"000000000000.dkr.ecr.us-east-1.amazonaws.com/work@sha256:{'0' * 64}"
"""Played, not pulled: an image as admission policies ask for it."""
POOL, CLASS = ("karpenter.sh/v1", "NodePool"), ("karpenter.k8s.aws/v1", "EC2NodeClass")
KUEUE, QUEUE = "kueue.x-k8s.io/v1beta2", "kueue.x-k8s.io/queue-name"
FLAVOR = "sim"
PLENTY = 10**6
"""Cores, and GiB of memory, of a queue whose GPUs alone are limited."""
_SECONDS = {"h": 3600, "m": 60, "s": 1}


def pools(found: Iterable[Object], pace: float) -> list[Object]:
    """Copies of node classes and pools that only a scenario's pods can use; their timers run `pace` times as fast.

    The cluster's own stay as they are, and serve nothing of the scenario.
    """
    return [_copy(one, pace) for one in sorted(found, key=lambda one: one["kind"])]


def _copy(given: Object, pace: float) -> Object:
    spec = deepcopy(given["spec"])
    if given["kind"] == POOL[1]:
        template = spec["template"]
        template["spec"]["nodeClassRef"]["name"] = f"sim-{template['spec']['nodeClassRef']['name']}"
        template.setdefault("metadata", {}).setdefault("labels", {})[LABEL] = "true"
        for part, keys in (
            (spec.get("disruption", {}), ("consolidateAfter",)),
            (template["spec"], ("expireAfter", "terminationGracePeriod")),
        ):
            part |= {key: faster(part[key], pace) for key in keys if key in part}
    metadata = {"name": f"sim-{given['metadata']['name']}", "labels": {LABEL: "true"}}
    return {"apiVersion": given["apiVersion"], "kind": given["kind"], "metadata": metadata, "spec": spec}


def faster(duration: str, pace: float) -> str:
    """A duration of Karpenter, `1h30m`, that passes `pace` times as fast: whole seconds, 1 at least; or `Never`."""
    length = seconds(duration)
    return duration if math.isinf(length) else f"{max(1, round(length / pace))}s"


def seconds(duration: str) -> float:
    """Seconds of a duration of Karpenter; infinite for `Never`."""
    parts = re.findall(r"(\d+)([hms])", duration)
    return sum(int(number) * _SECONDS[unit] for number, unit in parts) if parts else math.inf


def namespace(name: str, queued: bool) -> Object:
    """A namespace of a scenario; with a queue it is a tenant's, which Kueue manages."""
    labels = {LABEL: "true", "pod-security.kubernetes.io/enforce": "restricted"}
    labels |= {"ml-platform/tenant": name} if queued else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def queue(space: str, gpus: int) -> list[Object]:
    """A queue of Kueue that lets a namespace have so many GPUs at a time."""
    labels = {LABEL: "true"}
    limits = {GPU: str(gpus), "cpu": str(PLENTY), "memory": f"{PLENTY}Gi"}
    resources = [{"name": name, "nominalQuota": limit} for name, limit in limits.items()]
    group = {"coveredResources": list(limits), "flavors": [{"name": FLAVOR, "resources": resources}]}
    spec = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": space}},
        "resourceGroups": [group],
    }
    return [
        {"apiVersion": KUEUE, "kind": "ResourceFlavor", "metadata": {"name": FLAVOR, "labels": labels}, "spec": {}},
        {"apiVersion": KUEUE, "kind": "ClusterQueue", "metadata": {"name": space, "labels": labels}, "spec": spec},
        _object(KUEUE, "LocalQueue", space, space, {"clusterQueue": space}),
    ]


def share(cluster_queue: Object) -> int:
    """GPUs that a ClusterQueue can have at a time, its own and borrowed."""
    flavors = (flavor for group in cluster_queue["spec"]["resourceGroups"] for flavor in group["flavors"])
    shares = [one for flavor in flavors for one in flavor["resources"] if one["name"] == GPU]
    return sum(int(one["nominalQuota"]) + int(one.get("borrowingLimit", 0)) for one in shares)


def job(name: str, group: str, space: str, gpus: int) -> Object:
    """A job of one pod, which runs until it is said to have ended."""
    pod = _pod(group, space, gpus, {"ml-platform/held": "true", "karpenter.sh/do-not-disrupt": "true"})
    pod["spec"]["restartPolicy"] = "Never"
    return _object("batch/v1", "Job", name, space, {"backoffLimit": 0, "template": pod})


def deployment(name: str, space: str, gpus: int, replicas: int) -> Object:
    """A service."""
    pod = _pod(name, space, gpus, {})
    selector = {"matchLabels": {LABEL: name}}
    return _object("apps/v1", "Deployment", name, space, {"replicas": replicas, "selector": selector, "template": pod})


def _object(version: str, kind: str, name: str, space: str, spec: dict[str, Any]) -> Object:
    # A tenant's work has to go through its queue, which is called after the namespace.
    labels = {LABEL: "true", QUEUE: space}
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": name, "namespace": space, "labels": labels},
        "spec": spec,
    }


def _pod(group: str, space: str, gpus: int, annotations: dict[str, str]) -> dict[str, Any]:
    size = {"cpu": str(2 * gpus), "memory": f"{8 * gpus}Gi", GPU: str(gpus)}
    container = {
        "name": "work",
        "image": IMAGE,
        "resources": {"requests": size, "limits": size},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
    return {
        "metadata": {"labels": {LABEL: group, QUEUE: space}, "annotations": annotations},
        "spec": {
            "nodeSelector": {LABEL: "true"},
            "tolerations": [{"key": GPU, "operator": "Exists"}],
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    }


def short(types: list[dict[str, Any]], shortages: Iterable[Shortage]) -> list[dict[str, Any]]:
    """Instance types as Karpenter reads them, without what is short."""
    now, changed = list(shortages), deepcopy(types)
    for offering in (offering for type_ in changed for offering in type_["offerings"]):
        has = {one["key"]: one["values"][0] for one in offering["Requirements"]}
        offering["Available"] = not any(
            one.capacity == has[CAPACITY]
            and (not one.zones or has[ZONE][-1] in one.zones)
            and (not one.families or has[FAMILY] in one.families)
            for one in now
        )
    return changed


def prices(types: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Instance type and capacity type to USD per hour, the same in every zone."""
    return {
        (type_["name"], one["values"][0]): offering["Price"]
        for type_ in types
        for offering in type_["offerings"]
        for one in offering["Requirements"]
        if one["key"] == CAPACITY
    }
