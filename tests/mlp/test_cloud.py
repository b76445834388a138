"""Real environments, as far as they can be tried without one: the right account, the right state, the engine's part."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from mlp import cloud, state
from mlp.cli import app
from mlp.policy import UNDER_POLICIES
from mlp.state_bucket import STACKS
from stacks.settings import Settings

DEV = Settings.from_file("dev")
BUCKET, ALIAS = "ml-platform-state-dev-111111111111", "alias/ml-platform-state-dev"


def calls(notes: Path) -> list[Any]:
    return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []


def run(*arguments: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, [*arguments], env={"COLUMNS": "300"})
    return told.exit_code, told.output


@pytest.fixture
def up_already(account: boto3.Session, own_values: Path) -> None:
    """Dev is up: its state has come to the last stage."""
    bootstrap(account)
    put_state(account, "urn:pulumi:dev::ml-platform::ml-platform:index:RetrainingBus::retraining")


def put_state(
    account: boto3.Session, *urns: str, ids: Mapping[str, str] | None = None, more: Sequence[dict[str, Any]] = ()
) -> None:
    """A state in the bucket, as an engine leaves it, with resources of these URNs and more."""
    resources = [
        {"urn": urn, "type": urn.split("::")[2].rpartition("$")[2], "id": (ids or {}).get(urn, "")} for urn in urns
    ]
    resources += more
    body = json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": {"resources": resources}}})
    account.client("s3").put_object(Bucket=BUCKET, Key=f"{STACKS}/dev.json", Body=body.encode())


def bootstrap(account: boto3.Session) -> None:
    """A bucket that can be written: moto takes its policy's conditional denials for denials of everything."""
    state.bootstrap(account, DEV)
    account.client("s3").delete_bucket_policy(Bucket=BUCKET)


def test_another_account_is_refused_before_anything_happens(account: boto3.Session, engine: Path) -> None:
    for verb in ("up", "preview", "down", "bootstrap"):
        code, told = run(verb, "prod")
        assert code == 1
        assert "the credentials are of account 111111111111, but ml-platform:account = '333333333333'" in told
    assert calls(engine) == []
    assert account.client("s3").list_buckets()["Buckets"] == []


def test_missing_credentials_are_told(account: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any, name: str) -> Any:
        raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "GetCallerIdentity")

    monkeypatch.setattr(cloud.boto3.Session, "client", refuse)
    code, told = run("up", "dev")
    assert code == 1
    assert "no usable AWS credentials for dev" in told
    assert "sign in to 111111111111, or add --sandbox" in told


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_a_shell_that_leads_to_an_emulator_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "http://127.0.0.1:5000")
    code, told = run("up", "dev")
    assert code == 1
    assert f"{name} is set, so dev would not be the real account; unset it, or add --sandbox" in told


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_KMS"])
def test_a_shell_that_leads_the_sandbox_off_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https://kms.example.com")
    code, told = run("up", "dev", "--sandbox")
    assert code == 1
    assert f"{name} = 'https://kms.example.com' is not on this machine, where the sandbox stays; unset it" in told
    assert not (Path.cwd() / ".sandbox" / "dev").exists()


def test_an_environment_without_a_place_for_its_state_is_sent_to_bootstrap(
    account: boto3.Session, engine: Path
) -> None:
    code, told = run("up", "dev")
    assert code == 1
    assert "dev has no place for its state yet; run `mlp bootstrap dev` once" in told
    assert calls(engine) == []


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("up", "dev", "--skip-preflight"), ["up", "--stack", "dev", *UNDER_POLICIES]),
        (("preview", "dev"), ["preview", "--stack", "dev", *UNDER_POLICIES]),
        (("down", "dev"), ["destroy", "--stack", "dev"]),
    ],
)
def test_the_engine_gets_the_stack_the_policies_and_its_own_questions(
    engine: Path, up_already: None, arguments: tuple[str, ...], command: list[str]
) -> None:
    code, told = run(*arguments)
    assert code == 0, told
    select, operation = calls(engine)
    provider = f"awskms://{ALIAS}?region=eu-central-1&awssdk=v2"
    assert select[0][:6] == ["stack", "select", "dev", "--create", "--secrets-provider", provider]
    assert operation[0] == command
    # What changes a stack works on a copy of its state. Nothing of the sandbox: neither its home nor its passphrase.
    copy = os.environ["XDG_STATE_HOME"] + f"/ml-platform/{BUCKET}/dev"
    bucket = f"s3://{BUCKET}?region=eu-central-1&awssdk=v2"
    there = bucket if arguments[0] == "preview" else f"file://{copy}?metadata=skip"
    until = {"MLP_UNTIL": "models"} if arguments[0] == "up" else {}
    given = {key: value for key, value in operation[1].items() if value}
    assert given == {"PULUMI_BACKEND_URL": there, **until}


def test_with_yes_the_engine_asks_no_question(engine: Path, up_already: None) -> None:
    code, told = run("up", "dev", "--yes", "--skip-preflight")
    assert code == 0, told
    _, planned, done = (call[0] for call in calls(engine))
    assert planned[0] == "preview"
    assert done[:3] == ["up", "--yes", "--skip-preview"]
    for command in (planned, done):
        assert (command[(at := command.index("--policy-pack"))], command[at + 1]) == UNDER_POLICIES


@pytest.mark.parametrize(
    ("arguments", "policies"),
    [
        (("preview", "dev"), {"rules": 1, "unknown": 1, "exempted": []}),
        # Of the update alone: what its preview could not decide is decided.
        (("up", "dev", "--yes", "--skip-preflight"), {"rules": 1, "pass": 1, "exempted": []}),
        (("down", "dev", "--yes"), {"rules": 0, "exempted": []}),
    ],
)
def test_a_program_is_told_what_the_policies_said(
    engine: Path, up_already: None, arguments: tuple[str, ...], policies: dict[str, int]
) -> None:
    code, told = run(*arguments, "--json")
    assert code == 0, told
    found = json.loads(told.splitlines()[-1])["policy"]  # after the progress, on standard error
    assert {key: value for key, value in found.items() if key not in ("findings", "undecided")} == policies
    assert len(found["undecided"]) == policies.get("unknown", 0)


def test_a_program_that_cannot_be_asked_must_say_yes(account: boto3.Session, engine: Path) -> None:
    bootstrap(account)
    code, told = run("up", "dev", "--json")
    assert code == 1
    assert json.loads(told)["errors"] == ["--json asks no questions; add --yes to change dev"]
    assert calls(engine) == []


def test_a_preview_that_expects_no_changes_ends_with_three(account: boto3.Session, engine: Path) -> None:
    state.bootstrap(account, DEV)
    code, told = run("preview", "dev", "--expect-no-changes")
    assert code == 3
    assert "dev: would create 1, update 0, replace 0, delete 0; 0 unchanged" in told
    code, told = run("preview", "dev", "--expect-no-changes", "--json")
    assert code == 3
    assert json.loads(told.splitlines()[-1])["ok"] is False


def test_a_diff_is_the_engine_s_own_where_it_asks(engine: Path, up_already: None) -> None:
    for verb in (["up", "--skip-preflight"], ["preview"]):
        assert run(*verb, "dev", "--diff")[0] == 0
        assert calls(engine)[-1][0][-1] == "--diff"


def test_what_is_protected_is_not_taken_down(monkeypatch: pytest.MonkeyPatch, engine: Path) -> None:
    monkeypatch.setattr(cloud, "_open", lambda stack: SimpleNamespace(settings=Settings.from_file(stack)))
    code, told = run("down", "prod", "--yes")
    assert code == 1
    assert "set ml-platform:decommission to true in stacks/Pulumi.prod.yaml" in told
    assert calls(engine) == []


def test_preview_says_when_the_bucket_lacks_a_change_of_this_machine(account: boto3.Session, engine: Path) -> None:
    bootstrap(account)
    copy = cloud.Cloud(DEV, account, Path.cwd()).copy
    file = copy.root / STACKS / "dev.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    told = run("preview", "dev")[1]
    assert "the bucket lacks the last change made on this machine; `mlp up dev` uploads it first" in told


def test_an_interrupt_of_the_terminal_leaves_the_engine_to_finish(tmp_path: Path) -> None:
    """The terminal sends SIGINT to the engine and to us; SIGTERM comes to us alone."""
    engine = """
import os, signal, sys, time
got = []
signal.signal(signal.SIGINT, lambda *_: got.append(1))
os.kill(os.getppid(), getattr(signal, sys.argv[1]))
time.sleep(1)
sys.exit(0 if len(got) == int(sys.argv[2]) else 1)
"""
    for name, passed_on in (("SIGINT", "0"), ("SIGTERM", "1")):
        assert cloud._attended([sys.executable, "-c", engine, name, passed_on], tmp_path, {})
