"""The command line itself: what it teaches and how it refuses, without an engine."""

import json

import pytest
from typer.testing import CliRunner

from mlp.cli import app
from mlp.outcome import Outcome
from mlp.session import adopt
from stacks import settings

VERBS = ("bootstrap", "doctor", "down", "env", "preview", "sim", "status", "up")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_speaks_json(verb: str) -> None:
    told = CliRunner().invoke(app, [verb, "--help"], env={"COLUMNS": "200"})
    assert told.exit_code == 0
    assert "--json" in told.output


def test_an_unknown_environment_is_told_what_there_is() -> None:
    told = CliRunner().invoke(app, ["up", "production"], env={"COLUMNS": "200"})
    assert told.exit_code == 2
    assert "environment 'production' has no stacks/Pulumi.production.yaml; there are: dev" in told.output


def test_wrong_settings_end_with_two_and_one_json_object(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.local.yaml").write_text("config: {ml-platform:region: mars}")
    monkeypatch.setattr(settings, "DIRECTORY", tmp_path)
    told = CliRunner().invoke(app, ["up", "--json"])
    assert told.exit_code == 2
    errors = json.loads(told.stdout)["errors"]
    where = "stacks/Pulumi.local.yaml:1: "
    assert f'{where}ml-platform:region = "mars": allowed: an AWS region, such as eu-central-1' in errors


def test_an_outcome_keeps_causes_and_drops_consequences() -> None:
    outcome = Outcome()
    for message in ("bucket: NoSuchBucket", "update failed", "failed to run policy: context canceled"):
        outcome.take({"diagnosticEvent": {"severity": "error", "message": f"<{{%reset%}}>error: {message}"}})
    assert outcome.errors == ["bucket: NoSuchBucket"]


@pytest.mark.parametrize("result", ["succeeded", "failed"])
@pytest.mark.parametrize("late", [True, False])
def test_a_plugin_that_ended_late_is_no_error_of_what_succeeded(result: str, late: bool) -> None:
    message = "Detected that pulumi-resource-aws exited prematurely. \n This is *always* a bug in the provider."
    events = [
        {"diagnosticEvent": {"severity": "error", "message": message}},
        {"summaryEvent": {"resourceChanges": {}, "result": result}},
    ]
    outcome = Outcome()
    for event in reversed(events) if late else events:
        outcome.take(event)
    assert bool(outcome.errors) == (result == "failed")


def test_an_outcome_is_empty_only_if_nothing_changes() -> None:
    def seen(op: str, old: dict, new: dict) -> Outcome:
        outcome = Outcome()
        stack = {"type": "pulumi:pulumi:Stack", "urn": "u", "op": "same"}
        outcome.take({"resourcePreEvent": {"metadata": {"type": "t", "urn": "u", "op": op}}})
        outcome.take({"resOutputsEvent": {"metadata": {**stack, "old": {"outputs": old}, "new": {"outputs": new}}}})
        outcome.take({"summaryEvent": {"resourceChanges": {op: 1}, "result": "succeeded"}})
        return outcome

    assert seen("same", {"a": 1}, {"a": 1}).empty
    assert not seen("same", {"a": 1}, {"a": 2}).empty
    assert not seen("update", {}, {}).empty


def test_what_a_dead_engine_made_is_adopted_and_the_rest_forgotten() -> None:
    def pending(kind: str, urn: str) -> dict:
        return {"type": kind, "resource": {"urn": urn, "inputs": {"name": urn}}}

    deployment = {
        "resources": [{"urn": "parent"}, {"urn": "replaced", "id": "old"}],
        "pending_operations": [
            pending("creating", "made"),
            pending("creating", "never-made"),
            pending("creating", "replaced"),
            pending("deleting", "parent"),
        ],
    }
    adopt(deployment, {"made": "id-1", "replaced": "new", "long-ago": "id-0"})
    assert deployment == {
        "resources": [
            {"urn": "parent"},
            {"urn": "replaced", "id": "old", "delete": True},
            {"urn": "made", "inputs": {"name": "made"}, "id": "id-1"},
            {"urn": "replaced", "inputs": {"name": "replaced"}, "id": "new"},
        ]
    }
