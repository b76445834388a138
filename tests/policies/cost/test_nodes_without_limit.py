from typing import Any

import pytest

from policies._nodes import FAMILY, NODE_GROUP, NODE_POOL
from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.cost.nodes_without_limit import RULE
from tests.policies.world import judged, made

TAINT = {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}


def pool(family: Any, limits: Any, taints: Any = ()) -> Resource:
    spec = {"requirements": [{"key": FAMILY, "operator": "In", "values": [family]}], "taints": taints}
    return made(NODE_POOL, "pool", {"spec": {"limits": limits, "template": {"spec": spec}}})


def group(most: Any, *taints: Any, kind: str = "g5.xlarge") -> Resource:
    properties = {"instanceTypes": [kind], "scalingConfig": {"maxSize": most}, "taints": list(taints)}
    return made(NODE_GROUP, "group", properties)


def batch(most: Any) -> Resource:
    return made("aws:batch/computeEnvironment:ComputeEnvironment", "batch", {"computeResources": {"maxVcpus": most}})


@pytest.mark.parametrize(
    ("nodes", "outcome"),
    [
        pytest.param(pool("g5", {"nvidia.com/gpu": "64"}, [TAINT]), Outcome.PASS, id="GPUs within the cap"),
        pytest.param(pool("g5", {"nvidia.com/gpu": 65}, [TAINT]), Outcome.FAIL, id="beyond"),
        pytest.param(pool("g5", {"cpu": "1"}, [TAINT]), Outcome.FAIL, id="a limit of something else"),
        pytest.param(pool("g5", {"nvidia.com/gpu": "8"}), Outcome.FAIL, id="no taint"),
        pytest.param(
            pool("g5", {"nvidia.com/gpu": "8"}, [{**TAINT, "effect": "PreferNoSchedule"}]), Outcome.FAIL, id="a wish"
        ),
        pytest.param(pool("g5", {"nvidia.com/gpu": "8"}, UNKNOWN), Outcome.UNKNOWN, id="taints that are not known"),
        pytest.param(pool("m7i", {"cpu": "1k"}), Outcome.PASS, id="vCPUs within the cap"),
        pytest.param(pool("m7i", {"cpu": "1025"}), Outcome.FAIL, id="vCPUs beyond"),
        pytest.param(pool("m7i", {}), Outcome.FAIL, id="no limit"),
        pytest.param(pool("m7i", UNKNOWN), Outcome.UNKNOWN, id="a limit that is not known"),
        pytest.param(pool(UNKNOWN, {"cpu": "1"}), Outcome.UNKNOWN, id="GPUs or not"),
        pytest.param(group(24, {**TAINT, "effect": "NO_SCHEDULE"}), Outcome.PASS, id="a node group"),
        pytest.param(group(24), Outcome.FAIL, id="a node group without taint"),
        pytest.param(group(25, kind="m7i.large"), Outcome.FAIL, id="a node group beyond"),
        pytest.param(group(24, kind="m7i.large"), Outcome.PASS, id="a node group without GPUs"),
        pytest.param(batch(1024), Outcome.PASS, id="a compute environment"),
        pytest.param(batch(1025), Outcome.FAIL, id="a compute environment beyond"),
        pytest.param(batch(None), Outcome.FAIL, id="a compute environment without limit"),
    ],
)
def test_limits_and_taints(nodes: Resource, outcome: Outcome) -> None:
    assert judged(RULE, nodes)[0] is outcome
