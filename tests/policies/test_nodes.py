import math
from typing import Any

import pytest

from policies._nodes import CATEGORY, FAMILY, NODE_GROUP, NODE_POOL, TYPE, has_gpus, instance_types, quantity
from policies._view import ABSENT, UNKNOWN, Resource
from tests.policies.world import made


def pool(*requirements: Any) -> Resource:
    return made(NODE_POOL, "pool", {"spec": {"template": {"spec": {"requirements": list(requirements)}}}})


def within(key: Any, *values: Any) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}


COUNT = {"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "Gt", "values": ["0"]}


@pytest.mark.parametrize(
    ("nodes", "gpus"),
    [
        (pool(within(FAMILY, "m7i", "g5")), True),
        (pool(within(TYPE, "p5.48xlarge")), True),
        (pool(within(CATEGORY, "g", "p")), True),
        (pool(COUNT), True),
        (pool({**COUNT, "operator": "DoesNotExist"}), False),
        (pool({**within(FAMILY, "g5"), "operator": "NotIn"}), False),
        (pool(within(FAMILY, "m7i", "c7i")), False),
        (pool(within(FAMILY, UNKNOWN)), None),
        (pool(within(UNKNOWN, "m7i")), None),
        (pool(UNKNOWN, within(FAMILY, "g5")), True),
        (made(NODE_GROUP, "group", {"instanceTypes": ["g6.xlarge"]}), True),
        (made(NODE_GROUP, "group", {"amiType": "AL2023_x86_64_NVIDIA"}), True),
        (made(NODE_GROUP, "group", {"instanceTypes": ["m7i.large"]}), False),
        (made(NODE_GROUP, "group", {"instanceTypes": [UNKNOWN]}), None),
    ],
)
def test_which_nodes_have_gpus(nodes: Resource, gpus: bool | None) -> None:
    assert has_gpus(nodes) is gpus


def test_what_a_pool_may_be_of() -> None:
    assert instance_types(pool(within(FAMILY, "g5"), within(TYPE, "m7i.large"))) == ["g5", "m7i.large"]
    assert instance_types(pool(within(CATEGORY, "g"))) is None
    assert instance_types(pool({**within(FAMILY, "p5"), "operator": "NotIn"})) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [("8", 8), (8.0, 8), ("1500m", 1.5), ("2k", 2000), ("8Gi", math.inf), ("-1", math.inf), (ABSENT, math.inf)],
)
def test_quantities(value: Any, number: float) -> None:
    assert quantity(value) == number
