"""README.md on a copy of the checkout, block by block: what a person does who follows it."""

import re
from collections.abc import Iterator

import pytest
import typer.main

from mlp.cli import app
from tests.sandbox import pages
from tests.sandbox.conftest import ABOVE, MODELS, ROOT, Checkout
from tests.sandbox.pages import Shell

pytestmark = pytest.mark.sandbox
README = (ROOT / "README.md").read_text()
ELSEWHERE = {
    "make bench": "tests/bench/__main__.py",
    "make lint": "Makefile",
    "make soak": "tests/soak/__main__.py",
    "make test": "Makefile",
    "mlp down prod --sandbox": "tests/sandbox/test_prod.py",
    "mlp loop": "tests/sandbox/test_loop.py",
    "mlp preview prod --sandbox": "tests/sandbox/test_prod.py",
    "mlp sim scenarios/spot-drought.yaml": "tests/sandbox/test_sim.py",
    "mlp up prod --sandbox": "tests/sandbox/test_prod.py",
}
"""Command of a `long` block to the file that runs it."""


def blocks(kind: str) -> list[str]:
    """The shell blocks that are marked with a word, or with none."""
    return pages.blocks(README, kind)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("readme"), cluster=True, keep={*ABOVE, *MODELS})
    yield made
    made.end()


@pytest.fixture(scope="module")
def shell(checkout: Checkout) -> Shell:
    """One shell for all blocks, as a person has it."""
    return Shell(checkout.path)


@pytest.mark.parametrize("number", range(len(blocks(""))))
def test_every_block_succeeds(shell: Shell, number: int) -> None:
    done = shell.run(blocks("")[number])
    assert done.returncode == 0, f"{done.args[-1]}\n{done.stdout}{done.stderr}"


def test_nothing_is_left_after_the_last_block(checkout: Checkout, shell: Shell) -> None:
    assert blocks("")[-1] == "make down\n"
    assert not (checkout.path / ".sandbox").exists()


def test_what_takes_long_is_run_by_another_test() -> None:
    named = {line for block in blocks("long") for line in block.splitlines()}
    assert named == ELSEWHERE.keys()
    for command, file in ELSEWHERE.items():
        program, verb, *arguments = command.split()
        text = (ROOT / file).read_text()
        assert program == "make" or f'"{verb}"' in text, f"{file} does not run {command}"
        assert program == "mlp" or f"\n{verb}: " in (ROOT / "Makefile").read_text()
        assert all((ROOT / one).exists() for one in arguments if "/" in one)


def test_a_real_account_is_asked_for_credentials_first(shell: Shell) -> None:
    for command in (line for block in blocks("account") for line in block.splitlines()):
        refused = Shell(shell.folder).run(command)
        assert refused.returncode == 1
        assert "no usable AWS credentials" in refused.stderr


def test_every_verb_that_it_names_exists() -> None:
    verbs = set(typer.main.get_command(app).commands)  # pyright: ignore[reportAttributeAccessIssue]
    named = set(re.findall(r"`?mlp ([a-z][a-z-]*)", README))
    assert named - {"up"} <= verbs


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
