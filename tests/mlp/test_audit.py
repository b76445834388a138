"""`mlp audit` and `mlp evidence` on states in files, and whose account they mean."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mlp import observe
from mlp.cli import app
from mlp.observe import Wanted
from policies import profiles
from sandbox.kubernetes.plane import ControlPlane
from sandbox.place import Place

BUCKET = "aws:s3/bucket:Bucket"
HERE = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _nobody_elses_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*observe._OWN, "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)


def state(folder: Path, stack: str = "prod", tags: Any = None) -> str:
    """A state with one bucket, in a file."""
    urn = f"urn:pulumi:{stack}::other::{BUCKET}::models"
    bucket = {
        "urn": urn,
        "type": BUCKET,
        "custom": True,
        "id": "models",
        "inputs": {"bucket": "models", "tags": tags or {}},
        "outputs": {"bucket": "models", "tags": tags or {}},
        "sourcePosition": "project:///app/main.py#12,3",
    }
    file = folder / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": [bucket]}}))
    return str(file)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


@pytest.mark.parametrize("verb", ["audit", "evidence"])
def test_the_verbs_teach_by_example_and_document_their_exit_codes(verb: str) -> None:
    told = run(verb, "--help")
    assert told.exit_code == 0
    assert f"mlp {verb} --" in told.output
    for code in (0, 2, 3, 130):
        assert f"\n   {code} " in told.output


def test_the_state_of_another_project_is_judged_by_what_its_stack_is_named_for(tmp_path: Path) -> None:
    told = run("audit", "--state", state(tmp_path))
    assert told.exit_code == 1
    assert "FAIL [critical] S3-03 models: " in told.output
    assert "(app/main.py:12)" in told.output
    assert told.output.splitlines()[-1].startswith("prod: ")
    assert run("audit", "--state", state(tmp_path, "dev")).output.splitlines()[-1].startswith("dev: ")
    assert run("audit", "--state", state(tmp_path, "mine")).output.splitlines()[-1].startswith("prod: ")
    named = run("audit", "--state", state(tmp_path), "--env", "staging")
    assert named.output.splitlines()[-1].startswith("staging: ")


def test_a_result_goes_to_a_file_and_its_counts_to_the_screen(tmp_path: Path) -> None:
    out = tmp_path / "found.sarif"
    told = run("audit", "--state", state(tmp_path), "--format", "sarif", "--out", str(out))
    assert told.exit_code == 1
    assert len(told.stdout.splitlines()) == 1
    assert json.loads(out.read_text())["version"] == "2.1.0"


def test_nothing_is_refused_where_no_failure_is_severe_enough(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": []}}))
    assert run("audit", "--state", str(file)).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "nothing to audit"),
        (["--state", "nowhere.json"], "nowhere.json"),
        (["--account", "--env", "production"], "there are local, dev, staging, prod"),
        (["--state", "STATE", "--profile", "nowhere.yaml"], "nowhere.yaml"),
        (["--cluster", "--kubeconfig", "nowhere"], "nowhere: there is no such kubeconfig"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_what_to_change(tmp_path: Path, arguments: list[str], told: str) -> None:
    given = [state(tmp_path) if one == "STATE" else one for one in arguments]
    done = run("audit", *given)
    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_the_role_of_an_audit_is_an_iam_policy() -> None:
    policy = json.loads(run("audit", "--role").stdout)
    [statement] = policy["Statement"]
    assert "sts:GetCallerIdentity" in statement["Action"]


@pytest.mark.parametrize(
    ("wanted", "variables", "runs", "sandbox"),
    [
        (Wanted(account=True), {}, True, "local"),
        (Wanted(account=True), {}, False, None),
        (Wanted(account=True), {"AWS_PROFILE": "auditor"}, True, None),
        (Wanted(account=True, environment="prod"), {}, True, None),
        (Wanted(account=True, environment="prod", sandbox=True), {}, False, "prod"),
        (Wanted(account=True, environment="local"), {"AWS_PROFILE": "auditor"}, False, "local"),
        (Wanted(account=True, sandbox=True), {}, False, "local"),
        (Wanted(cluster=True), {"KUBECONFIG": "mine"}, True, None),
        (Wanted(account=True), {"KUBECONFIG": "mine"}, True, "local"),
        # As in a shell after `mlp env`.
        (Wanted(account=True), {"AWS_ENDPOINT_URL": HERE, "AWS_ACCESS_KEY_ID": "sandbox"}, True, "local"),
        (Wanted(account=True), {"AWS_ENDPOINT_URL": "http://127.0.0.1:2"}, True, None),
        (Wanted(account=True), {"AWS_ENDPOINT_URL": "https://aws.example.com"}, True, None),
    ],
)
def test_a_sandbox_is_meant_only_where_nobody_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, wanted: Wanted, variables: dict[str, str], runs: bool, sandbox: str | None
) -> None:
    monkeypatch.setattr(observe, "_endpoint", lambda environment: HERE if runs and environment == "local" else "")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    meant = observe._place(wanted)
    assert (meant.environment if meant.sandbox else None) == sandbox


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No sandbox, no credentials, no region, and no kubeconfig of the user's."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(observe, "place_of", lambda settings: Place(tmp_path, settings.environment.value))
    monkeypatch.setattr(observe, "plane_of", lambda settings: ControlPlane(observe.place_of(settings), settings.region))


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("audit", "--account"), 3, "or start the sandbox with `mlp up`: it does not run"),
        (("evidence", "--out", "OUT"), 3, "or start the sandbox with `mlp up`: it does not run"),
        (("audit", "--account", "--env", "local"), 3, "start it with `mlp up`"),
        (("audit", "--cluster"), 2, "the sandbox does not run, `mlp up` starts it"),
        (("audit", "--cluster", "--env", "local"), 3, "does not run; start it with `mlp up`"),
        (("audit", "--cluster", "--env", "dev", "--sandbox"), 3, "does not run; start it with `mlp up dev --sandbox`"),
    ],
)
def test_what_does_not_run_is_told_with_the_verb_that_starts_it(
    tmp_path: Path, arguments: tuple[str, ...], code: int, told: str
) -> None:
    done = run(*(str(tmp_path / "out") if one == "OUT" else one for one in arguments))
    assert done.exit_code == code, done.output
    assert told in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("audit", "--state", "STATE", "--exemptions", "nosuch.yaml"),
            "--exemptions nosuch.yaml: there is no such file",
        ),
        (("audit", "--state", "STATE", "--env", "prdo"), "did you mean prod?"),
        (("evidence", "--verify", "nosuch"), "--verify nosuch: there is no such folder"),
    ],
)
def test_a_name_that_is_wrong_is_wrong_usage(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    done = run(*(state(tmp_path) if one == "STATE" else one for one in arguments))
    assert done.exit_code == 2
    assert told in done.stderr


@pytest.fixture
def broken_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The checkout's own profile of prod says something that no profile may say."""
    (tmp_path / "prod.yaml").write_text("max_nodes: many\n")
    monkeypatch.setattr(profiles, "_FILES", tmp_path)
    profiles._shipped.cache_clear()
    yield
    profiles._shipped.cache_clear()


@pytest.mark.usefixtures("broken_profile")
@pytest.mark.parametrize("verb", [("audit",), ("evidence", "--out", "OUT")])
def test_a_wrong_profile_of_an_environment_is_wrong_usage(tmp_path: Path, verb: tuple[str, ...]) -> None:
    given = [str(tmp_path / "out") if one == "OUT" else one for one in verb]
    done = run(*given, "--state", state(tmp_path))
    assert done.exit_code == 2
    assert f"{tmp_path / 'prod.yaml'}: " in done.stderr
    assert "max_nodes" in done.stderr


@pytest.mark.parametrize("verb", ["audit", "evidence"])
@pytest.mark.parametrize("place", ["STATE/x", "/proc/1/x/y"])
def test_a_place_that_cannot_be_written_is_noticed_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verb: str, place: str
) -> None:
    monkeypatch.setattr(observe, "_read", lambda *given: pytest.fail("something was read"))
    file = state(tmp_path)
    done = run(verb, "--state", file, "--out", place.replace("STATE", file))
    assert done.exit_code == 2
    assert "--out " in done.stderr


def test_evidence_is_written_verified_and_does_not_survive_a_change(tmp_path: Path) -> None:
    out, key = tmp_path / "evidence", tmp_path / "key.pem"
    secret = "correct-horse-battery"
    told = run("evidence", "--out", str(out), "--key", str(key), "--state", state(tmp_path, tags={"owner": secret}))
    assert told.exit_code == 0, told.output
    [folder] = out.iterdir()
    assert folder.name.startswith("prod-")
    assert not [file.name for file in folder.iterdir() if secret in file.read_bytes().decode(errors="replace")]
    verified = run("evidence", "--verify", str(out), "--public-key", str(folder / "public-key.pem"))
    assert (verified.exit_code, verified.output) == (0, f"{out}: nothing was changed\n")
    page = folder / "index.html"
    page.write_text(page.read_text().replace("refused", "advised", 1))
    changed = run("evidence", "--verify", str(out))
    assert (changed.exit_code, changed.output) == (4, f"{folder.name}: index.html was changed\n")
    assert run("evidence").exit_code == 2


def test_a_program_hears_of_evidence_as_json(tmp_path: Path) -> None:
    out, key = str(tmp_path / "evidence"), str(tmp_path / "key.pem")
    made = run("evidence", "--out", out, "--key", key, "--state", state(tmp_path), "--json")
    page = Path(json.loads(made.stdout)["page"])
    assert page.is_file()
    assert json.loads(run("evidence", "--verify", out, "--json").stdout) == {"ok": True, "errors": []}
    page.write_text("changed")
    changed = run("evidence", "--verify", out, "--json")
    assert changed.exit_code == 4
    assert json.loads(changed.stdout) == {"ok": False, "errors": [f"{page.parent.name}: index.html was changed"]}
    wrong = run("evidence", "--verify", "nosuch", "--json")
    assert wrong.exit_code == 2
    assert json.loads(wrong.stdout) == {"ok": False, "errors": ["--verify nosuch: there is no such folder"]}
