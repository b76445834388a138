"""What is made of kubectl's answers."""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import pytest

from policies._rule import Point
from policies._verdict import Outcome
from policies.cluster import TOKENS, ClusterUnreachableError, read_cluster
from policies.findings import judge
from policies.registry import RULES

DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "fraud", "namespace": "vision"}}
OWNED = {"controller": True, "name": "fraud", "apiVersion": "apps/v1", "kind": "Deployment"}
FOREIGN = {"controller": True, "name": "fraud", "apiVersion": "example.org/v1", "kind": "Model"}


def answering(**answers: Any):
    """A kubectl that lists nothing but what it is given by kind; a text is its refusal."""

    def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        given = answers.get(arguments[1].partition(".")[0], [])
        if isinstance(given, str):
            return subprocess.CompletedProcess([], 1, "", given)
        return subprocess.CompletedProcess([], 0, json.dumps({"items": given}), "")

    return run


def made(name: str, owner: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "vision", "ownerReferences": [owner]}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata}


def test_objects_are_what_pulumi_would_register() -> None:
    [found] = read_cluster(answering(Deployment=[DEPLOYMENT])).stack.resources
    assert (found.type, found.urn) == ("kubernetes:apps/v1:Deployment", "Deployment/vision/fraud")
    assert found.properties == DEPLOYMENT
    assert found.protect is None


def test_what_a_judged_controller_made_is_not_judged_again() -> None:
    found = read_cluster(answering(ReplicaSet=[made("fraud-1", OWNED), made("fraud-2", FOREIGN)])).stack.resources
    assert [one.urn for one in found] == ["ReplicaSet/vision/fraud-2"]


def test_what_may_not_be_listed_is_unknown_and_said() -> None:
    found = read_cluster(answering(Pod="Error from server (Forbidden): pods is forbidden"))
    assert found.denied == {"list core/v1:Pod"}
    assert {one.outcome for one in judge(found.stack, Point.LIVE)} == {Outcome.UNKNOWN}


def test_a_kind_that_the_cluster_does_not_have_is_nothing_to_judge() -> None:
    found = read_cluster(answering(Rollout='error: the server doesn\'t have a resource type "Rollout"'))
    assert (found.stack.resources, found.denied, found.errors) == ((), frozenset(), {})


def test_what_goes_wrong_otherwise_is_said_and_unknown() -> None:
    found = read_cluster(answering(Job="Unable to connect to the server: net/http: timeout"))
    assert found.errors == {"batch/v1:Job": "Unable to connect to the server: net/http: timeout"}
    assert [one.unread for one in found.stack.resources] == ["it could not be listed"]


def test_of_the_config_maps_only_the_approvals_are_read() -> None:
    asked: list[str] = []

    def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        asked.append(" ".join(arguments))
        return answering()(arguments)

    read_cluster(run)
    [told] = [one for one in asked if "ConfigMap" in one]
    assert told.endswith("--field-selector=metadata.namespace=kube-system,metadata.name=ml-platform-approvals")


def test_no_api_server_is_an_error_with_its_reason() -> None:
    def run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "connection refused\n")

    def missing(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(ClusterUnreachableError, match="connection refused"):
        read_cluster(run)
    with pytest.raises(ClusterUnreachableError, match="cannot be started"):
        read_cluster(missing)


def test_every_kind_that_a_rule_judges_live_is_read_and_no_secret() -> None:
    judged = {token for rule in RULES if Point.LIVE in rule.points for token in rule.types}
    assert {token for token in judged if token.startswith("kubernetes:") and not token.endswith("*")} <= set(TOKENS)
    assert not [token for token in TOKENS if token.endswith(":Secret")]
