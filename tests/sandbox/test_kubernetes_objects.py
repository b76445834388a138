"""What the `kubernetes` provider decides without asking: differences, readiness, node classes."""

from typing import Any

import pytest

from sandbox.kubernetes import objects
from sandbox.kubernetes.changes import Change, changes, replacing
from sandbox.kubernetes.client import ApiError, Client
from sandbox.values import ResourceError

ROLE = {"kind": "Role", "metadata": {"name": "r", "namespace": "a"}}


def test_differences_are_told_field_by_field() -> None:
    old = {"spec": {"replicas": 1, "ports": [{"name": "a"}, {"name": "b"}], "gone": True}, "kind": "X"}
    new = {"spec": {"replicas": 2, "ports": [{"name": "a"}, {"name": "c"}]}, "kind": "X", "data": {}}
    assert set(changes(old, new)) == {
        Change("data", "ADD"),
        Change("spec.gone", "DELETE"),
        Change("spec.ports[1].name", "UPDATE"),
        Change("spec.replicas", "UPDATE"),
    }


def test_a_list_of_another_length_differs_as_a_whole() -> None:
    assert list(changes({"args": ["a"]}, {"args": ["a", "b"]})) == [Change("args", "UPDATE")]


def test_a_key_with_a_slash_is_one_step() -> None:
    assert list(changes({"metadata": {}}, {"metadata": {"a/b": "c"}})) == [Change('metadata["a/b"]', "ADD")]


@pytest.mark.parametrize(
    ("immutable", "new", "expected"),
    [
        ([], {**ROLE, "roleRef": {"name": "x"}}, []),
        (["roleRef"], {**ROLE, "roleRef": {"name": "x"}}, ["roleRef.name"]),
        (["spec.other"], {**ROLE, "roleRef": {"name": "x"}}, ["roleRef.name"]),
        ([], {"kind": "Role", "metadata": {"name": "s", "namespace": "a"}}, ["metadata.name"]),
        ([], {"kind": "Role", "metadata": {"name": "r", "namespace": "b"}}, ["metadata.namespace"]),
    ],
)
def test_only_what_cannot_change_replaces(immutable: list[str], new: dict[str, Any], expected: list[str]) -> None:
    old = {**ROLE, "roleRef": {"name": "r"}} if "roleRef" in new else ROLE
    assert replacing(list(changes(old, new)), immutable, old, new) == expected


@pytest.mark.parametrize(
    ("message", "fixed"),
    [
        ("Invalid value: 2: field is immutable", True),
        ('Invalid value: {"Name":"r3"}: cannot change roleRef', True),
        ("Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden", True),
        ("Invalid value: 9: should be less than or equal to 5", False),
    ],
)
def test_what_the_api_server_calls_immutable_is_understood(message: str, fixed: bool) -> None:
    error = ApiError(422, {"message": message, "details": {"causes": [{"field": "spec", "message": message}]}})
    assert error.immutable == (["spec"] if fixed else [])


def test_a_conflict_names_the_managers_and_the_way_out() -> None:
    error = ApiError(409, {"message": 'Apply failed with 1 conflict: conflict with "kubectl": .spec.size'})
    assert 'conflict with "kubectl"' in str(error)
    assert "pulumi.com/patchForce" in str(error)


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
        ({"kind": "Pod", "metadata": {"annotations": {objects.SKIP_AWAIT: "true"}}, "status": {}}, ""),
        (
            {"kind": "NodePool", "metadata": {"annotations": {objects.WAIT_FOR: "condition=Ready"}}},
            "waiting for condition=Ready",
        ),
        (
            {
                "kind": "NodePool",
                "metadata": {"annotations": {objects.WAIT_FOR: "condition=Ready"}},
                "status": {"conditions": [{"type": "Ready", "status": "True"}]},
            },
            "",
        ),
        (
            {
                "kind": "Webhook",
                "metadata": {"annotations": {objects.WAIT_FOR: '["jsonpath={.webhooks[0].caBundle}"]'}},
                "webhooks": [{"caBundle": "x"}],
            },
            "",
        ),
        (
            {"kind": "Job", "metadata": {"annotations": {objects.WAIT_FOR: "jsonpath={.status.phase}=Done"}}},
            "waiting for jsonpath={.status.phase}=Done",
        ),
    ],
)
def test_readiness_is_that_of_the_official_provider(live: dict[str, Any], lacking: str) -> None:
    assert objects.waits_for(live) == lacking


def test_live_values_of_inputs_leave_out_what_nobody_gave() -> None:
    live = {"data": {"a": "2", "b": "x"}, "metadata": {"name": "c", "uid": "1"}, "status": {}}
    assert objects.held({"data": {"a": "1", "z": "0"}, "metadata": {"name": "c"}}, live) == {
        "data": {"a": "2"},
        "metadata": {"name": "c"},
    }


def test_an_api_server_elsewhere_is_refused() -> None:
    config = {
        "clusters": [{"cluster": {"server": "https://203.0.113.7:6443", "certificate-authority-data": ""}}],
        "users": [{"user": {"token": "t"}}],
    }
    with pytest.raises(ResourceError, match=r"203\.0\.113\.7.* is not on this machine"):
        Client(config)
