"""`mlp env`: what it starts, what it prints, and where it leads plain Pulumi and boto3."""

import subprocess
from collections.abc import Iterator

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("env"))
    made.program("import pulumi\npulumi.export('here', pulumi.get_stack())")
    yield made
    made.run("down")
    made.end()


def test_what_is_started_is_said_once_and_beside_the_lines(checkout: Checkout) -> None:
    first, second = checkout.run("env"), checkout.run("env")
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    assert first.stderr.splitlines()[0] == "starting the emulated account of local; `mlp down` stops it"
    assert second.stderr == ""
    # Nothing but variables: `pulumi` means what it meant.
    assert {line.split()[0] for line in first.stdout.splitlines()} == {"unset", "export"}


@pytest.mark.parametrize("command", ["pulumi", 'pulumi -C "$MLP_PROJECT"'])
def test_plain_pulumi_works_in_the_checkout_and_in_the_project(checkout: Checkout, command: str) -> None:
    script = f"{checkout.run('env').stdout}\n{command} up --yes -s local && {command} stack output here -s local"
    done = subprocess.run(["sh", "-c", script], cwd=checkout.path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "local"


def test_an_audit_in_that_shell_means_the_sandbox(checkout: Checkout) -> None:
    script = f"{checkout.run('env').stdout}\nmlp audit --account --format json"
    done = subprocess.run(["sh", "-c", script], cwd=checkout.path, capture_output=True, text=True, timeout=300)
    assert "this is the emulated account of local" in done.stderr
    assert done.returncode in (0, 1), done.stderr


def test_the_outputs_of_the_stack_are_there(checkout: Checkout) -> None:
    assert checkout.run("up").returncode == 0
    assert checkout.run("output", "here").stdout == "local\n"
