from typing import Any

import pytest

from policies._nodes import CAPACITY
from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.cost.unprepared_spot_pod import RULE
from tests.policies.world import judged, made

SPOT = {"nodeSelector": {CAPACITY: "spot"}}
KEEPS = {"ml-platform/checkpoints": "true"}


def workload(kind: str, pod: dict[str, Any], labels: Any = None) -> Resource:
    template = {"metadata": {"labels": labels}, "spec": pod}
    return made(kind, "work", {"metadata": {"namespace": "vision"}, "spec": {"template": template}})


def job(labels: Any = None, **pod: Any) -> Resource:
    return workload("kubernetes:batch/v1:Job", {**SPOT, "restartPolicy": "Never", **pod}, labels)


def deployment(**pod: Any) -> Resource:
    return workload("kubernetes:apps/v1:Deployment", {**SPOT, **pod})


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        pytest.param(job(KEEPS), Outcome.PASS, id="a job that keeps checkpoints"),
        pytest.param(job(), Outcome.FAIL, id="one that keeps none"),
        pytest.param(job(UNKNOWN), Outcome.UNKNOWN, id="one with labels that are not known"),
        pytest.param(job(restartPolicy=UNKNOWN), Outcome.UNKNOWN, id="a job or not"),
        pytest.param(deployment(), Outcome.PASS, id="half a minute is what Kubernetes gives without a word"),
        pytest.param(deployment(terminationGracePeriodSeconds=120), Outcome.PASS, id="two minutes"),
        pytest.param(deployment(terminationGracePeriodSeconds=121), Outcome.FAIL, id="longer"),
        pytest.param(deployment(terminationGracePeriodSeconds=UNKNOWN), Outcome.UNKNOWN, id="who knows how long"),
        pytest.param(deployment(nodeSelector={CAPACITY: "on-demand"}), Outcome.NOT_APPLICABLE, id="on demand"),
        pytest.param(deployment(nodeSelector=UNKNOWN), Outcome.UNKNOWN, id="who knows where"),
    ],
)
def test_pods_on_spot(found: Resource, outcome: Outcome) -> None:
    assert judged(RULE, found)[0] is outcome
