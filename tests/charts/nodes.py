"""The nodes of an environment, with what a kubelet leaves to pods, and the pods that AWS itself puts on them."""

from collections.abc import Iterator
from typing import Any

from sandbox.kubernetes.catalogue import instance_types
from stacks.settings import Settings
from tests.charts.wired import wired
from tests.components.conftest import whole

MAX_PODS = 110
"""Pods of a node with fewer than 30 vCPUs (EKS user guide, "Increase the available IP addresses for your node")."""
RESERVED_CPU = ((1000, 600), (1000, 100), (2000, 50), (1 << 31, 25))
"""Width of a range of millicores, and how many of 10,000 parts of it the kubelet keeps."""
EVICTION_MIB = 100
"""`evictionHard` of memory."""
_SYSTEM = [{"key": "CriticalAddonsOnly", "operator": "Exists"}]


def allocatable(instance_type: str, region: str) -> dict[str, str]:
    """What pods can have of a node (awslabs/amazon-eks-ami, nodeadm/internal/kubelet/config.go)."""
    (found,) = [one["resources"] for one in instance_types(region) if one["name"] == instance_type]
    left = total = int(found["cpu"]) * 1000
    for width, parts in RESERVED_CPU:
        total -= min(left, width) * parts // 10000
        left -= min(left, width)
    memory = int(found["memory"].removesuffix("Mi")) - 11 * MAX_PODS - 255 - EVICTION_MIB
    gpus = {key: value for key, value in found.items() if key.startswith("nvidia.com/")}
    return {"cpu": f"{total}m", "memory": f"{memory}Mi", "pods": str(MAX_PODS), **gpus}


def nodes(environment: str) -> Iterator[dict[str, Any]]:
    """The system nodes of an environment at the least, over its zones, and one node with a GPU if it has pools."""
    settings = Settings.from_file(environment)
    assert settings.cluster
    assert settings.network
    (group,) = [one for one in wired(environment).of("NodeGroup") if one.name == "cluster-system"]
    zones, types = settings.network.zones, settings.cluster.system_nodes.instance_types
    # AWS takes any of them.
    size = min((allocatable(one, settings.region) for one in types), key=lambda found: int(found["memory"][:-2]))
    taints = [{**one, "effect": "NoSchedule"} for one in group.inputs["taints"]]
    for number in range(int(group.inputs["scalingConfig"]["minSize"])):
        yield _node(f"system-{number}", size, zones[number % len(zones)], group.inputs["labels"], taints)
    pools = [whole(one.inputs)["spec"]["template"] for one in wired(environment).of("NodePool")]
    for pool in [one for one in pools if one["spec"].get("taints")][:1]:
        size = allocatable("g5.xlarge", settings.region)
        yield _node("gpu-0", size, zones[0], pool["metadata"]["labels"], pool["spec"]["taints"])


def _node(name: str, size: dict[str, str], zone: str, labels: dict[str, str], taints: list[Any]) -> dict[str, Any]:
    own = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {**own, "topology.kubernetes.io/zone": zone, **labels},
        },
        "spec": {"taints": taints},
        "status": {"allocatable": size, "capacity": size},
    }


def of_aws(environment: str) -> Iterator[dict[str, Any]]:
    """What add-ons of EKS and GuardDuty run, with the requests of their own charts.

    Sources: charts of aws/amazon-vpc-cni-k8s and kubernetes-sigs/aws-ebs-csi-driver; EKS user guide, "Manage CoreDNS"
    and "Manage kube-proxy"; GuardDuty user guide, "Configure GuardDuty security agent (add-on) parameters".
    """
    everywhere = [{"operator": "Exists"}]
    yield _maker("DaemonSet", "aws-node", 1, {"cpu": "50m"}, everywhere)
    yield _maker("DaemonSet", "kube-proxy", 1, {"cpu": "100m"}, everywhere)
    yield _maker("DaemonSet", "ebs-csi-node", 1, {"cpu": "30m", "memory": "120Mi"}, everywhere)
    yield _maker("Deployment", "coredns", 2, {"cpu": "100m", "memory": "70Mi"}, _SYSTEM)
    yield _maker("Deployment", "ebs-csi-controller", 2, {"cpu": "60m", "memory": "240Mi"}, _SYSTEM)
    threats = Settings.from_file(environment).threats
    if threats and "RUNTIME_MONITORING" in threats.guardduty_features:
        yield _maker("DaemonSet", "aws-guardduty-agent", 1, {"cpu": "200m", "memory": "256Mi"}, everywhere)


def _maker(kind: str, name: str, replicas: int, requests: dict[str, str], tolerations: list[Any]) -> dict[str, Any]:
    container = {"name": name, "image": name, "resources": {"requests": requests}}
    labels = {"k8s-app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {
            **({"replicas": replicas} if kind == "Deployment" else {}),
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "automountServiceAccountToken": False,
                    "containers": [container],
                    "priorityClassName": "system-node-critical",
                    "tolerations": tolerations,
                },
            },
        },
    }
