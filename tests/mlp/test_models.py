"""`mlp promote` and `mlp approvals` on the command line; what promotion does in a registry is in `tests/workloads`."""

import json

import pytest
from typer.testing import CliRunner

from mlp.cli import app


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
