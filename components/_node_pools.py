"""Karpenter's node classes and node pools, as plain data (karpenter.k8s.aws/v1 and karpenter.sh/v1 of 1.14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components._kubernetes import CAPACITY, GPU, GPU_NODE, POOL, USE

UNUSABLE = {
    "g5g": "arm64 processors",
    "g6f": "fractions of a GPU, which EC2 counts as none",
    "gr6f": "fractions of a GPU, which EC2 counts as none",
    "p6e-gb200": "arm64 processors",
    "p6e-gb300": "arm64 processors",
}
"""GPU family to why no pod would ever start on it."""


@dataclass(frozen=True)
class Use:
    """What follows from what nodes are for.

    Attributes:
        name: The use.
        gpu: Whether they have GPUs, and the taint.
        disruption: When Karpenter may take a node away that works.
        expire_hours: Hours until a node is replaced.
        drain_minutes: Minutes that pods have when their node goes.
    """

    name: str
    gpu: bool
    disruption: Mapping[str, Any]
    expire_hours: int
    drain_minutes: int


# A node that drifted would be drained under its job: with a termination grace period, even do-not-disrupt ends.
_ONLY_EMPTY = {
    "consolidationPolicy": "WhenEmpty",
    "consolidateAfter": "5m",
    "budgets": [{"nodes": "0", "reasons": ["Drifted", "Underutilized"]}, {"nodes": "100%", "reasons": ["Empty"]}],
}
_BY_AND_BY = {
    "consolidationPolicy": "WhenEmptyOrUnderutilized",
    "consolidateAfter": "10m",
    "budgets": [{"nodes": "20%"}],
}
USES = {
    use.name: use
    for use in (
        Use("training", True, _ONLY_EMPTY, 336, 60),
        Use("serving", True, _BY_AND_BY, 168, 30),
        Use("cpu", False, _BY_AND_BY, 168, 30),
    )
}


def node_class(
    use: Use,
    cluster: pulumi.Input[str],
    role: pulumi.Input[str],
    key_arn: pulumi.Input[str],
    ami: str,
    volume_gib: int,
    tags: Mapping[str, str],
) -> dict[str, Any]:
    """Spec of an EC2NodeClass: pinned image, encrypted volume, no IMDS for pods, private subnets of the cluster."""
    found = [{"tags": {"karpenter.sh/discovery": cluster}}]
    volume = {
        "volumeType": "gp3",
        "volumeSize": f"{volume_gib}Gi",
        "encrypted": True,
        "kmsKeyID": key_arn,
        "deleteOnTermination": True,
    }
    return {
        "role": role,
        "amiSelectorTerms": [{"alias": ami}],
        "subnetSelectorTerms": found,
        "securityGroupSelectorTerms": found,
        "associatePublicIPAddress": False,
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpProtocolIPv6": "disabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        },
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "rootVolume": True, "ebs": volume}],
        # Local disks, encrypted by the hardware, as the scratch space of pods.
        **({"instanceStorePolicy": "RAID0"} if use.gpu else {}),
        "tags": dict(tags),
    }


def node_pool(
    use: Use,
    name: str,
    capacity: str,
    limit: int,
    weight: int,
    *,
    families: Sequence[str],
    zones: Sequence[str],
    max_gpus: int,
    expire_hours: int,
    drain_minutes: int,
) -> dict[str, Any]:
    """Spec of a NodePool of one capacity type, of the node class `name`; `limit` is GPUs, or vCPUs of use `cpu`."""
    requirements = [
        _in(CAPACITY, [capacity]),
        _in("kubernetes.io/arch", ["amd64"]),
        _in("kubernetes.io/os", ["linux"]),
        _in("topology.kubernetes.io/zone", zones),
        _in("karpenter.k8s.aws/instance-family", families),
    ]
    if use.gpu:
        count = "karpenter.k8s.aws/instance-gpu-count"
        requirements += [
            _in("karpenter.k8s.aws/instance-gpu-manufacturer", ["nvidia"]),
            {"key": count, "operator": "Gt", "values": ["0"]},
            {"key": count, "operator": "Lt", "values": [str(max_gpus + 1)]},
        ]
    return {
        "weight": weight,
        "limits": {GPU if use.gpu else "cpu": str(limit)},
        "disruption": dict(use.disruption),
        "template": {
            "metadata": {"labels": {POOL: name, USE: use.name, **({GPU_NODE: "true"} if use.gpu else {})}},
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name},
                "requirements": requirements,
                "expireAfter": f"{expire_hours}h",
                "terminationGracePeriod": f"{drain_minutes}m",
                **({"taints": [{"key": GPU, "value": "true", "effect": "NoSchedule"}]} if use.gpu else {}),
            },
        },
    }


def _in(key: str, values: Sequence[str]) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}
