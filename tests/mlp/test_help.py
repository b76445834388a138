"""What `mlp --help` teaches, and that every verb can be called as it says."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from mlp.cli import app

ROOT = Path(__file__).parents[2]
VERBS = {
    "Start": ("up", "down", "reset", "bootstrap", "doctor"),
    "Look": ("status", "output", "explain-access", "kubectl", "token", "env"),
    "Change": ("preview", "promote"),
    "Judge": ("audit", "evidence", "approvals", "champions"),
    "Play": ("sim", "loop"),
}
ALL = [verb for verbs in VERBS.values() for verb in verbs]


def told(*arguments: str, columns: int = 100) -> str:
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": str(columns)})
    assert result.exit_code == 0, result.output
    return result.output


def test_the_verbs_are_in_the_order_of_use_by_what_they_are_for() -> None:
    text = told("--help")
    found = re.findall(r"(?m)^(?:╭─ (\w+) ─|│ ([a-z][a-z-]+)  )", text)
    names = [panel or verb for panel, verb in found if (panel or verb) != "Options"]
    assert names == [name for panel, verbs in VERBS.items() for name in (panel, *verbs)]


@pytest.mark.parametrize("arguments", [("-h",), *((verb, "-h") for verb in ALL)])
def test_help_is_asked_for_in_short_and_shows_no_types_of_switches(arguments: tuple[str, ...]) -> None:
    text = told(*arguments)
    assert text == told(*arguments[:-1], "--help")
    assert re.findall(r"<(?:bool|str|int|path)[^>]*>", text) == []


@pytest.mark.parametrize("verb", ALL)
def test_every_verb_has_examples_and_they_are_right(verb: str) -> None:
    examples = [
        line.strip().split("   ")[0].split("  ")[0]
        for line in told(verb, "--help", columns=200).splitlines()
        if re.match(r"   (\w+=\S+ |\w+ [^.]*; |eval .*)?mlp ", line) and not line.rstrip().endswith("\\")
    ]
    assert examples, verb
    group = get_command(app)
    for example in examples:
        for command in re.findall(r"mlp ([^;&|>)]+)", example):
            name, *arguments = shlex.split(command.strip())
            group.commands[name].make_context(name, arguments)  # pyright: ignore  # or it is a usage error


def test_the_version_is_that_of_the_package() -> None:
    assert f'version = "{told("--version").split()[1]}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("verb", ["up", "down", "preview", "bootstrap", "status", "env", "output", "approvals", "sim"])
def test_the_sandbox_is_an_option_of_every_verb_of_an_environment(verb: str) -> None:
    command = get_command(app).commands[verb]  # pyright: ignore
    assert "--sandbox" in [option for parameter in command.params for option in parameter.opts]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mlp up pr", ["prod"]),
        ("mlp status dev-", ["dev-foundation", "dev-models", "dev-platform"]),
        ("mlp output --env sta", ["staging"]),
        ("mlp sim --env loc", ["local"]),
        ("mlp st", ["status"]),
        ("mlp preview --exp", ["--expect-no-changes"]),
    ],
)
def test_a_shell_completes_verbs_options_and_environments(line: str, expected: list[str]) -> None:
    words = {"_MLP_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    result = CliRunner().invoke(app, [], prog_name="mlp", env=words)
    assert result.output.split() == expected


@pytest.mark.parametrize(
    ("wrong", "meant"), [(["statsu"], "'status'"), (["up", "--jsn"], "--json"), (["up", "prd"], "did you mean prod?")]
)
def test_the_nearest_name_is_offered(wrong: list[str], meant: str) -> None:
    result = CliRunner().invoke(app, wrong, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert meant in result.output
