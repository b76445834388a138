"""The verbs about models on the command line; what promotion does in a registry is in `tests/workloads`."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from mlp.cli import app
from mlp.promote import ORIGIN, write
from stacks import settings
from workloads.promotion.actions import Done
from workloads.promotion.registry import Registry


def run(*arguments: str, **variables: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, ["promote", *arguments], env={"COLUMNS": "200", **variables})
    return told.exit_code, told.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("fraud",), "nothing to do: add --to ALIAS, --back, --lineage, --approve-as NAME or --record ID"),
        (("fraud", "--to", "champion"), "--to needs VERSION, after MODEL"),
        (("fraud", "7", "--back"), "--back takes no VERSION"),
        (
            ("fraud", "7", "--to", "champion", "--lineage"),
            "--to and --lineage do not go together: one of them at a time",
        ),
        (("fraud", "7", "--to", "winner", "--env", "prod"), "--to winner: allowed: champion, challenger, shadow"),
        (("fraud", "7", "--to", "champion"), "--to needs a gate: add --env ENVIRONMENT or --gate FILE"),
        (("fraud", "7", "--approve-as", "ana"), "--approve-as needs --key FILE, the approver's private key"),
        (("fraud", "--back", "--write"), "--write goes with --env ENVIRONMENT and with --to champion or --back"),
        (("fraud", "7", "--to", "shadow", "--env", "prod", "--write"), "--write goes with --env ENVIRONMENT and with"),
        (("fraud", "--back"), "no MLflow registry is named: add --tracking URI, or set MLFLOW_TRACKING_URI"),
        (("fraud", "7", "--to", "champion", "--env", "prd", "--tracking", "http://x"), "did you mean prod?"),
        (("fraud", "7", "--to", "champion", "--gate", "nosuch", "--tracking", "http://x"), "nosuch: No such file"),
        (
            ("fraud", "7", "--approve-as", "a", "--key", "nosuch", "--tracking", "http://x"),
            "--key nosuch: No such file",
        ),
    ],
)
def test_what_does_not_go_together_is_told_in_a_line_and_to_programs(arguments: tuple[str, ...], told: str) -> None:
    code, output = run(*arguments)
    assert code == 2
    assert told in output
    assert len(output.splitlines()) == 1
    code, output = run(*arguments, "--json")
    assert code == 2
    (error,) = json.loads(output)["errors"]
    assert told in error


def test_a_registry_that_does_not_answer_has_a_code_of_its_own() -> None:
    code, output = run("fraud", "--back", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert code == 3
    assert "127.0.0.1:9" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("prod",), 0, "1 version of risk tier high in prod"),
        (("prod", "--within", "3650"), 1, "it has to hold until"),
        (("dev",), 0, "not approved; only staging and prod refuse to serve it"),
        (("prd",), 2, "did you mean prod?"),
    ],
)
def test_approvals_are_told_with_an_exit_code(arguments: tuple[str, ...], code: int, told: str) -> None:
    done = CliRunner().invoke(app, ["approvals", *arguments])
    assert done.exit_code == code
    assert told in done.output
    program = CliRunner().invoke(app, ["approvals", *arguments, "--json"])
    assert program.exit_code == code
    assert json.loads(program.stdout)["ok"] == (code == 0)


DONE = Done(
    True,
    "fraud 7 is champion",
    {"model": "fraud", "serves": "7", "digest": f"sha256:{'7' * 64}", "run": "7" * 32, "dataset": "payments@2026-11"},
)


@pytest.fixture
def _copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(settings.DIRECTORY / "Pulumi.prod.yaml", tmp_path)
    monkeypatch.setattr(settings, "DIRECTORY", tmp_path)


@pytest.mark.usefixtures("_copied")
def test_the_champion_is_written_into_the_settings_with_its_provenance(tmp_path: Path) -> None:
    done = write("prod", DONE)
    assert done.ok
    service = yaml.safe_load((tmp_path / "Pulumi.prod.yaml").read_text())["config"]["ml-platform:services"]["fraud"]
    assert service["version"] == "7"
    assert {name: service["provenance"][name] for name in ORIGIN} == {name: DONE.data[name] for name in ORIGIN}
    assert done.data["changes"][0].endswith(": version: 1 -> 7")
    assert "fraud 7 serves after `mlp up prod`" in done.text
    assert write("prod", DONE).text.endswith("stacks/Pulumi.prod.yaml has fraud 7 already")


@pytest.mark.usefixtures("_copied")
def test_a_model_that_is_not_served_changes_no_settings(tmp_path: Path) -> None:
    before = (tmp_path / "Pulumi.prod.yaml").read_text()
    done = write("prod", replace(DONE, data={**DONE.data, "model": "churn"}))
    assert not done.ok
    assert "stacks/Pulumi.prod.yaml was not changed: there is no config.ml-platform:services.churn" in done.text
    assert (tmp_path / "Pulumi.prod.yaml").read_text() == before


@pytest.mark.parametrize(("champion", "code", "told"), [("1", 0, "ok"), ("7", 1, "DIFFERS"), (None, 1, "is none")])
def test_a_champion_that_does_not_serve_is_told(
    monkeypatch: pytest.MonkeyPatch, champion: str | None, code: int, told: str
) -> None:
    monkeypatch.setattr(Registry, "aliased", lambda registry, model, alias: champion)
    given = ["champions", "prod", "--tracking", "http://mlflow.invalid"]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == code, result.output
    (line,) = [one for one in result.output.splitlines() if "fraud" in one]
    assert told in line
    assert "the settings serve 1" in line


def test_champions_of_a_registry_that_does_not_answer_are_not_known() -> None:
    result = CliRunner().invoke(app, ["champions", "prod", "--tracking", "http://127.0.0.1:9"])
    assert result.exit_code == 3
    assert "http://127.0.0.1:9 cannot be reached" in result.output


def test_champions_are_asked_of_a_registry_that_is_named() -> None:
    result = CliRunner().invoke(app, ["champions", "prod"], env={"MLFLOW_TRACKING_URI": ""})
    assert result.exit_code == 2
    assert "no MLflow registry is named: add --tracking URI" in result.output
