"""The command line itself: what it teaches and how it refuses, without an engine."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mlp.cli import app
from mlp.outcome import Outcome
from mlp.states import adopt, made
from sandbox.place import Place, PlaceError
from stacks import settings

VERBS = ("bootstrap", "doctor", "down", "env", "preview", "reset", "sim", "status", "up")


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


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (errno.EROFS, "/x/y cannot be written: Read-only file system; set MLP_SANDBOX to a folder where"),
        (errno.ENOSPC, "/x/y cannot be written, for its disk is full; free some space and run this again"),
    ],
)
def test_a_disk_that_takes_nothing_is_no_traceback(code: int, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), "/x/y")

    monkeypatch.setattr(Path, "mkdir", fail)
    found = CliRunner().invoke(app, ["up", "--json"])
    assert found.exit_code == 1
    assert told in json.loads(found.stdout)["errors"][0]


def test_a_disk_that_is_nearly_full_is_told_of_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 7 * 2**20))  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(PlaceError, match="has 7 MiB left on its disk and needs 300; free some space"):
        Place(tmp_path, "local").prepare()


def test_the_folder_of_the_sandbox_can_be_elsewhere_but_not_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_SANDBOX", str(tmp_path / "there"))
    one, two = tmp_path / "one", tmp_path / "two"
    for checkout in one, two:
        checkout.mkdir()
    Place(one, "local").prepare()
    assert Place(one, "local").root == tmp_path / "there" / "local"
    with pytest.raises(PlaceError, match=f"MLP_SANDBOX = {tmp_path}/there is in use by {one}; set it to another"):
        Place(two, "local").prepare()
    one.rename(tmp_path / "moved")
    Place(two, "local").prepare()


def test_the_journal_tells_what_was_made_from_what_may_have_been(tmp_path: Path) -> None:
    journal = tmp_path / "creates.jsonl"
    entries = [("a", None), ("a", "1"), ("b", None), ("c", None), ("c", ""), ("a", None), ("a", "2")]
    lines = [json.dumps({"urn": urn, "id": id_}) for urn, id_ in entries]
    journal.write_text("\n".join([*lines, '{"urn": "d", "i']))
    assert made(journal) == ({"a": "2"}, {"b"})
    assert made(tmp_path / "none") == ({}, set())


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
