"""Verbs of the sandbox that answer without an engine, and how far an operation is."""

import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from mlp import progress
from mlp.cli import app
from mlp.kubectl import place
from mlp.outcome import SECRET_KEY
from mlp.states import States

OUTPUTS = {
    "account": "123456789012",
    "stores": {"artifacts": {"bucket": "artifacts-1", "prefixes": ["models", "runs"]}},
    "password": {SECRET_KEY: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"},
    "policy": json.dumps({"Statement": [{"Effect": "Deny"}]}),
}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which nothing has run yet."""
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / "stacks").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    told = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    return told.exit_code, told.output


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> None:
    state = {"resources": [{"type": "aws:s3/bucket:Bucket"}, {"type": "pulumi:pulumi:Stack", "outputs": OUTPUTS}]}
    monkeypatch.setattr(States, "deployment", lambda states, stack: state)


@pytest.mark.parametrize(
    ("verb", "layer", "first"), [("up", "platform", "foundation"), ("preview", "models", "foundation")]
)
def test_a_layer_is_not_begun_before_the_one_below(checkout: Path, verb: str, layer: str, first: str) -> None:
    code, told = run(verb, f"dev-{layer}", "--sandbox")
    assert (code, told) == (1, f"bring dev-{first} up first: mlp up dev-{first} --sandbox\n")
    assert not (checkout / ".sandbox").exists()


@pytest.mark.usefixtures("up")
def test_all_outputs_are_a_line_each_without_secrets() -> None:
    code, told = run("output")
    assert code == 0
    assert told.splitlines() == [
        "account: 123456789012",
        "stores.artifacts.bucket: artifacts-1",
        'stores.artifacts.prefixes: ["models", "runs"]',
        "password: [secret]",
        f"policy: (a document of {len(OUTPUTS['policy'])} characters)",
    ]


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account", "123456789012"),
        ("stores.artifacts.bucket", "artifacts-1"),
        ("password", "[secret]"),
        ("policy", OUTPUTS["policy"]),
        ("stores.artifacts", json.dumps(OUTPUTS["stores"]["artifacts"], indent=2)),
    ],
)
def test_one_output_is_its_value_and_nothing_else(name: str, value: str) -> None:
    assert run("output", name) == (0, f"{value}\n")


@pytest.mark.usefixtures("up")
def test_a_program_gets_outputs_as_json() -> None:
    found: dict[str, Any] = json.loads(run("output", "--json")[1])["outputs"]
    assert found == {**OUTPUTS, "password": "[secret]"}
    assert json.loads(run("output", "stores.artifacts", "--json")[1])["value"] == OUTPUTS["stores"]["artifacts"]


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("acount", "local has no output 'acount'; there are: account, stores, password, policy; did you mean account?"),
        ("stores.artefacts", "has no output 'artefacts' below stores; there are: artifacts; did you mean artifacts?"),
        ("account.id", "local has no output 'id' below account"),
    ],
)
def test_an_output_that_there_is_not_is_told_with_those_there_are(name: str, told: str) -> None:
    code, output = run("output", name)
    assert code == 2
    assert told in output


@pytest.mark.parametrize(
    ("arguments", "verb"), [((), "mlp up"), (("--env", "dev", "--sandbox"), "mlp up dev --sandbox")]
)
def test_without_a_stack_there_are_no_outputs(arguments: tuple[str, ...], verb: str) -> None:
    code, told = run("output", *arguments)
    assert code == 1
    assert f"is not up; bring it up with `{verb}`" in told


@pytest.mark.parametrize(("stack", "verb"), [("local", "mlp up"), ("prod", "mlp up prod --sandbox")])
def test_the_status_of_what_does_not_run_says_how_to_start_it(stack: str, verb: str) -> None:
    code, told = run("status", stack)
    assert code == 0
    assert told.splitlines()[-1] == f"Next: {verb}"


def lines(total: int, counts: list[int], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said of an operation where there is no terminal, one line for each count at least."""
    monkeypatch.setattr(progress, "INTERVAL", 0.02)
    file = io.StringIO()
    with progress.steps(Console(file=file, width=60), "updating", total) as step:
        for count in counts:
            step(count)
            said = file.getvalue()
            while file.getvalue() == said:
                time.sleep(0.005)
    return file.getvalue().splitlines()


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    found = lines(395, [0, 120, 395], monkeypatch)
    assert found[0] == "updating ..."
    assert re.fullmatch(r"updating: 120 of 395 resources, \d+ s", next(line for line in found if "120" in line))
    assert "395 of 395" in found[-1]


def test_progress_never_exceeds_its_total(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "400 of 400" in lines(395, [400], monkeypatch)[-1]
    assert re.fullmatch(r"updating: 400 resources, \d+ s", lines(0, [400], monkeypatch)[-1])


@pytest.mark.parametrize(
    ("arguments", "environment", "rest"),
    [
        ([], "local", []),
        (["get", "nodes"], "local", ["get", "nodes"]),
        (["dev", "get", "nodes"], "dev", ["get", "nodes"]),
        (["--sandbox", "get", "pods", "dev"], "local", ["get", "pods", "dev"]),
        (["prod", "--sandbox", "get", "--sandbox"], "prod", ["get", "--sandbox"]),
        (["--sandbox", "prod", "get"], "prod", ["get"]),
    ],
)
def test_kubectl_is_of_an_environment_if_one_is_named_first(
    arguments: list[str], environment: str, rest: list[str]
) -> None:
    assert place(arguments) == (environment, rest)
