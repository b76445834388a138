from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import Resource
from policies.workloads.fragile_serving import RULE
from tests.policies.world import judged, made

LABELS = {"app": "fraud", "ml-platform/model": "fraud"}
PROBES = {"readinessProbe": {"httpGet": {"path": "/ready"}}, "livenessProbe": {"httpGet": {"path": "/live"}}}
WHERE = {"name": "fraud", "namespace": "vision"}


def rollout(**spec: Any) -> Resource:
    pods = {"containers": [{"name": "server", **PROBES}], "topologySpreadConstraints": [{"maxSkew": 1}]}
    asked = {**spec, "template": {"metadata": {"labels": LABELS}, "spec": pods}}
    return made("kubernetes:argoproj.io/v1alpha1:Rollout", "fraud", {"metadata": WHERE, "spec": asked})


def scaler(least: int) -> Resource:
    spec = {"scaleTargetRef": {"name": "fraud"}, "minReplicaCount": least}
    return made("kubernetes:keda.sh/v1alpha1:ScaledObject", "fraud", {"metadata": WHERE, "spec": spec})


BUDGET = made(
    "kubernetes:policy/v1:PodDisruptionBudget",
    "fraud",
    {"metadata": WHERE, "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {"app": "fraud"}}}},
)


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        ([rollout(), scaler(2)], Outcome.PASS),
        # What a live Rollout has at the moment, before its scaler has looked at it for the first time.
        ([rollout(replicas=1), scaler(2)], Outcome.PASS),
        ([rollout(replicas=3), scaler(1)], Outcome.FAIL),
        ([rollout(replicas=1)], Outcome.FAIL),
        ([rollout(replicas=2)], Outcome.PASS),
    ],
)
def test_the_scaler_of_a_model_decides_on_its_pods(asked: list[Resource], outcome: Outcome) -> None:
    assert judged(RULE, *asked, BUDGET)[0] is outcome
