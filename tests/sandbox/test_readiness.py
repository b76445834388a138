"""When an object is ready, and which API server is asked."""

from typing import Any

import pytest

from sandbox.kubernetes import readiness
from sandbox.kubernetes.client import Client
from sandbox.values import ResourceError


def deployment(**status: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": status}


@pytest.mark.parametrize(
    ("live", "lacking"),
    [
        (deployment(), "0 of 2 replicas are ready"),
        (deployment(observedGeneration=1, updatedReplicas=2, readyReplicas=2), "0 of 2 replicas are ready"),
        (deployment(observedGeneration=2, updatedReplicas=1, readyReplicas=2), "1 of 2 replicas are ready"),
        (deployment(observedGeneration=2, updatedReplicas=2, readyReplicas=2), ""),
        ({"kind": "ConfigMap", "metadata": {}}, ""),
        ({"kind": "Pod", "metadata": {}, "status": {}}, "it is not Ready"),
        ({"kind": "Pod", "metadata": {"annotations": {readiness.SKIP_AWAIT: "true"}}, "status": {}}, ""),
        (
            {"kind": "NodePool", "metadata": {"annotations": {readiness.WAIT_FOR: "condition=Ready"}}},
            "waiting for condition=Ready",
        ),
        (
            {
                "kind": "NodePool",
                "metadata": {"annotations": {readiness.WAIT_FOR: "condition=Ready"}},
                "status": {"conditions": [{"type": "Ready", "status": "True"}]},
            },
            "",
        ),
        (
            {
                "kind": "Webhook",
                "metadata": {"annotations": {readiness.WAIT_FOR: '["jsonpath={.webhooks[0].caBundle}"]'}},
                "webhooks": [{"caBundle": "x"}],
            },
            "",
        ),
        (
            {"kind": "Job", "metadata": {"annotations": {readiness.WAIT_FOR: "jsonpath={.status.phase}=Done"}}},
            "waiting for jsonpath={.status.phase}=Done",
        ),
    ],
)
def test_readiness_is_that_of_the_official_provider(live: dict[str, Any], lacking: str) -> None:
    assert readiness.waits_for(live) == lacking


def test_an_api_server_elsewhere_is_refused() -> None:
    config = {
        "clusters": [{"cluster": {"server": "https://203.0.113.7:6443", "certificate-authority-data": ""}}],
        "users": [{"user": {"token": "t"}}],
    }
    with pytest.raises(ResourceError, match=r"203\.0\.113\.7.* is not on this machine"):
        Client(config)
