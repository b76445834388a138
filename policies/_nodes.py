"""Nodes of a cluster, whoever starts them: node groups of EKS and node pools of Karpenter."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GPU = "nvidia.com/gpu"
"""What pods ask for, and the taint that keeps others away."""
FAMILY, TYPE, CATEGORY = (
    "karpenter.k8s.aws/instance-family",
    "node.kubernetes.io/instance-type",
    "karpenter.k8s.aws/instance-category",
)
CAPACITY = "karpenter.sh/capacity-type"
_GPU_COUNT = "karpenter.k8s.aws/instance-gpu"
_SOME = ("In", "Gt", "Gte", "Exists")
_GPU_INSTANCES = re.compile(r"(g|gr|p)([0-9]|$)")
"""Categories, families and types of EC2 instances with GPUs: letter g, gr or p, then the generation."""

GPU_POOL = (
    f"object.spec.template.spec.requirements.exists(one, one.key.startsWith('{_GPU_COUNT}') && "
    f"one.operator in {list(_SOME)} || one.key in {[FAMILY, TYPE, CATEGORY]} && one.operator == 'In' && "
    f"one.?values.orValue([]).exists(value, value.matches('^{_GPU_INSTANCES.pattern}')))"
)
"""CEL: `has_gpus` of a node pool."""


def requirements(pool: Resource) -> Iterator[tuple[Any, Any, Any]]:
    """Key, operator and values of each requirement of a node pool; each may be unknown."""
    found = pool.get("spec.template.spec.requirements")
    for one in found if isinstance(found, list) else [found]:
        if one is UNKNOWN:
            yield UNKNOWN, UNKNOWN, UNKNOWN
        elif isinstance(one, Mapping):
            yield one.get("key"), one.get("operator"), one.get("values")


def values(pool: Resource, *keys: str) -> list[Any] | None:
    """What a pool may be of by requirements `In` of some keys; `UNKNOWN` among them where it may be more.

    None if no such requirement limits it.
    """
    found: list[Any] | None = None
    for key, operator, given in requirements(pool):
        if UNKNOWN in (key, operator) and key in (UNKNOWN, *keys) and operator in (UNKNOWN, "In"):
            found = [*(found or []), UNKNOWN]
        elif key in keys and operator == "In":
            found = [*(found or []), *(given if isinstance(given, list) else [given])]
    return found


def instance_types(nodes: Resource) -> list[Any] | None:
    """Types or families that nodes may be of, `UNKNOWN` among them where there may be more; None if any."""
    if nodes.type == NODE_POOL:
        return values(nodes, FAMILY, TYPE)
    found = nodes.get("instanceTypes")
    return found if isinstance(found, list) else None if found is ABSENT else [found]


def family(instance_type: Any) -> str:
    """The family of an instance type such as `g5.xlarge`, or of a family."""
    return str(instance_type).partition(".")[0]


def has_gpus(nodes: Resource) -> bool | None:
    """Whether the nodes have GPUs; None if that is not known."""
    if nodes.type == NODE_POOL:
        asked = [
            UNKNOWN if UNKNOWN in (key, operator) else str(key).startswith(_GPU_COUNT) and operator in _SOME
            for key, operator, _ in requirements(nodes)
        ]
        found = values(nodes, FAMILY, TYPE, CATEGORY) or []
    else:
        image = nodes.get("amiType")
        asked = [image if image is UNKNOWN else "NVIDIA" in str(image) or "GPU" in str(image)]
        found = instance_types(nodes) or []
    if True in asked or any(one is not UNKNOWN and _GPU_INSTANCES.match(str(one)) for one in found):
        return True
    return None if UNKNOWN in (*asked, *found) else False


def may_be_on_demand(nodes: Resource) -> bool | None:
    """Whether nodes may be on demand, as they are without a word; None if that is not known."""
    if nodes.type == NODE_GROUP:
        capacity = nodes.get("capacityType")
        return None if capacity is UNKNOWN else capacity != "SPOT"
    found = values(nodes, CAPACITY)
    return True if found is None or "on-demand" in found else None if UNKNOWN in found else False


def quantity(value: Any) -> Any:
    """A quantity of Kubernetes without unit, such as `8`, `1500m` or `1k`, as a number.

    `UNKNOWN` stays that; what is no quantity, or not there, is more than any limit.
    """
    if value is UNKNOWN:
        return UNKNOWN
    number = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(m|k|)", number)
    return float(found[1]) * {"m": 0.001, "k": 1000, "": 1}[found[2]] if found else math.inf
