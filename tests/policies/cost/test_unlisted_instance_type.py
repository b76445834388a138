from typing import Any

import pytest

from policies._nodes import FAMILY, LAUNCH_TEMPLATE, NODE_GROUP, NODE_POOL
from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.cost.unlisted_instance_type import RULE
from tests.policies.world import judged, made


def pool(*requirements: dict[str, Any]) -> Resource:
    return made(NODE_POOL, "pool", {"spec": {"template": {"spec": {"requirements": list(requirements)}}}})


@pytest.mark.parametrize(
    ("nodes", "stack", "outcome"),
    [
        (made(NODE_GROUP, "nodes", {"instanceTypes": ["p5.48xlarge"]}), "prod", Outcome.PASS),
        (made(NODE_GROUP, "nodes", {"instanceTypes": ["p5.48xlarge"]}), "dev", Outcome.FAIL),
        (made(NODE_GROUP, "nodes", {"instanceTypes": ["m7i.large", UNKNOWN]}), "dev", Outcome.UNKNOWN),
        (made(NODE_GROUP, "nodes", {"instanceTypes": ["x1.large", UNKNOWN]}), "dev", Outcome.FAIL),
        (made(NODE_GROUP, "nodes", {"launchTemplate": {"id": UNKNOWN}}), "dev", Outcome.NOT_APPLICABLE),
        (made(NODE_GROUP, "nodes"), "dev", Outcome.FAIL),
        (made(LAUNCH_TEMPLATE, "template"), "dev", Outcome.NOT_APPLICABLE),
        (made(LAUNCH_TEMPLATE, "template", {"instanceType": "u7i-12tb.224xlarge"}), "prod", Outcome.FAIL),
        (pool(), "dev", Outcome.FAIL),
        (pool({"key": FAMILY, "operator": "NotIn", "values": ["p5"]}), "dev", Outcome.FAIL),
        (pool({"key": FAMILY, "operator": "In", "values": ["g5", "g6"]}), "dev", Outcome.PASS),
    ],
)
def test_families(nodes: Resource, stack: str, outcome: Outcome) -> None:
    assert judged(RULE, nodes, stack=stack)[0] is outcome
