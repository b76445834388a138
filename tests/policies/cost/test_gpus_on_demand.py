from typing import Any

import pytest

from policies._nodes import CAPACITY, FAMILY, NODE_GROUP, NODE_POOL
from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.cost.gpus_on_demand import RULE
from tests.policies.world import judged, made


def pool(*capacity: str, gpus: Any = None, use: Any = "serving", family: str = "g5") -> Resource:
    requirements = [{"key": FAMILY, "operator": "In", "values": [family]}]
    requirements += [{"key": CAPACITY, "operator": "In", "values": list(capacity)}] if capacity else []
    template = {"metadata": {"labels": {"ml-platform/use": use}}, "spec": {"requirements": requirements}}
    limits = {} if gpus is None else {"nvidia.com/gpu": gpus}
    return made(NODE_POOL, f"{use}-{'-'.join(capacity)}", {"spec": {"limits": limits, "template": template}})


def group(capacity: Any, most: int) -> Resource:
    properties = {"capacityType": capacity, "instanceTypes": ["g5.xlarge"], "scalingConfig": {"maxSize": most}}
    return made(NODE_GROUP, "group", properties)


@pytest.mark.parametrize(
    ("nodes", "outcome"),
    [
        pytest.param(pool("spot", use="training"), Outcome.PASS, id="spot"),
        pytest.param(pool("spot", "on-demand", use="training", gpus="64"), Outcome.FAIL, id="spot or on demand"),
        pytest.param(pool("on-demand", gpus="16"), Outcome.PASS, id="few on demand"),
        pytest.param(pool("on-demand", gpus="17"), Outcome.FAIL, id="one too many"),
        pytest.param(pool("on-demand"), Outcome.FAIL, id="without limit"),
        pytest.param(pool(gpus="17"), Outcome.FAIL, id="on demand is what Karpenter takes without a word"),
        pytest.param(pool("on-demand", family="m7i"), Outcome.NOT_APPLICABLE, id="no GPUs"),
        pytest.param(group("ON_DEMAND", 17), Outcome.FAIL, id="a node group"),
        pytest.param(group(None, 17), Outcome.FAIL, id="on demand is what EKS takes without a word"),
        pytest.param(group("SPOT", 17), Outcome.PASS, id="a node group on spot"),
        pytest.param(group(UNKNOWN, 17), Outcome.UNKNOWN, id="a capacity that is not known"),
    ],
)
def test_how_many_are_on_demand(nodes: Resource, outcome: Outcome) -> None:
    assert judged(RULE, nodes)[0] is outcome


@pytest.mark.parametrize(
    ("other", "stack", "outcome"),
    [
        pytest.param(pool("on-demand", gpus="1"), "prod", Outcome.PASS, id="one on demand"),
        pytest.param(pool("on-demand", gpus="8", use="training"), "prod", Outcome.FAIL, id="of another use"),
        pytest.param(pool("spot", gpus="8"), "prod", Outcome.FAIL, id="more on spot"),
        pytest.param(pool("on-demand", gpus=UNKNOWN), "prod", Outcome.UNKNOWN, id="who knows how many"),
        pytest.param(pool("spot"), "staging", Outcome.PASS, id="an environment that wants none"),
    ],
)
def test_what_serves_keeps_some_that_nobody_takes_away(other: Resource, stack: str, outcome: Outcome) -> None:
    assert judged(RULE, pool("spot", gpus="8"), other, stack=stack)[0] is outcome
