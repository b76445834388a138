"""A sandbox whose files are damaged or gone, in a checkout at an odd place: each command works or says what does."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.processes import alive
from tests.sandbox.conftest import ODD, Checkout, until

pytestmark = pytest.mark.sandbox
STATE = "state/ml-platform/local.jsonl"
HARMLESS = (
    *("lock", "checkout", "creates.jsonl", "project/Pulumi.yaml", "project/Pulumi.local.yaml", "logs/account.log"),
    "backend.json",
)
"""What is made again from what there is."""
VITAL = ("account.json", "basis.json", STATE)
"""Without these nobody knows what the account holds."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("damage") / ODD)
    yield made
    made.end()


def sandbox(checkout: Checkout) -> Path:
    return checkout.path / ".sandbox" / "local"


def empty(file: Path) -> None:
    file.write_bytes(b"")


def halve(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def tear(file: Path) -> None:
    """End a file within a letter of several bytes, where it has one."""
    content = file.read_bytes()
    file.write_bytes(content[: next((at + 1 for at, byte in enumerate(content) if byte > 127), len(content) // 2)])


def test_nothing_is_started_to_take_nothing_down(checkout: Checkout) -> None:
    assert checkout.mlp("down")["deleted"] == 0
    assert checkout.mlp("reset")["environments"] == []
    assert checkout.processes() == []
    assert not (checkout.path / ".sandbox").exists()


@pytest.fixture(scope="module")
def up(checkout: Checkout) -> int:
    """How many resources there are."""
    return checkout.mlp("up")["created"]


def test_plain_pulumi_works_in_an_odd_place(checkout: Checkout, up: int) -> None:
    done = checkout.pulumi("preview", "-s", "local", "--non-interactive", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("damage", [empty, halve, tear, Path.unlink])
def test_what_can_be_made_again_is(checkout: Checkout, up: int, damage: Callable[[Path], None]) -> None:
    root = sandbox(checkout)
    files = [root / name for name in HARMLESS if (root / name).exists()]
    files += [file for file in (root / "home").rglob("*") if file.is_file()]
    assert len(files) > 5
    for file in files:
        assert file.stat().st_nlink == 1  # or it is the cache's too
        damage(file)
    shutil.rmtree(root / "bin")
    assert checkout.mlp("preview")["changes"] == []


@pytest.mark.parametrize("name", VITAL)
@pytest.mark.parametrize("damage", [halve, Path.unlink])
def test_what_nobody_knows_any_more_is_built_again(
    checkout: Checkout, up: int, name: str, damage: Callable[[Path], None]
) -> None:
    damage(sandbox(checkout) / name)
    assert checkout.run("status").returncode == 0
    done = checkout.run("preview")
    assert done.returncode == 0, done.stderr
    assert "starting over with an empty account" in " ".join(done.stderr.split())
    assert len(checkout.processes()) == len(("account", "backend"))


def test_a_state_that_is_lost_can_be_taken_down(checkout: Checkout, up: int) -> None:
    assert checkout.mlp("up")["ok"]
    (sandbox(checkout) / STATE).unlink()
    assert checkout.mlp("down")["ok"]
    assert checkout.processes() == []
    assert not (checkout.path / ".sandbox").exists()


def test_a_copied_checkout_does_not_touch_the_first(checkout: Checkout, tmp_path: Path) -> None:
    first = checkout.mlp("env", "local")["set"]["AWS_ENDPOINT_URL"]
    shutil.copytree(checkout.path, tmp_path / "copy")
    running = checkout.processes()
    copied = [sys.executable, "-m", "mlp", "reset", "--json"]
    done = subprocess.run(copied, cwd=tmp_path / "copy", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert checkout.processes() == running
    assert checkout.mlp("env", "local")["set"]["AWS_ENDPOINT_URL"] == first


def test_a_moved_checkout_leaves_no_process_and_works(checkout: Checkout) -> None:
    checkout.mlp("env", "local")
    running, place = checkout.processes(), checkout.path
    checkout.path = place.rename(place.with_name("moved"))
    until(lambda: not any(map(alive, running)))
    assert checkout.mlp("preview")["created"]
    checkout.path = checkout.path.rename(place)


def test_a_folder_that_is_removed_takes_its_processes_with_it(checkout: Checkout) -> None:
    checkout.mlp("env", "local")
    running = checkout.processes()
    assert running
    shutil.rmtree(checkout.path / ".sandbox")
    until(lambda: not any(map(alive, running)))
    assert checkout.mlp("preview")["created"]


def test_reset_ends_what_is_ours_and_nothing_else(checkout: Checkout) -> None:
    checkout.mlp("env", "local")
    running = checkout.processes()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        record = sandbox(checkout) / "account.json"
        record.write_text(f'{{"id": "a", "pid": {stranger.pid}, "port": 1}}')
        assert checkout.mlp("reset", "local")["processes"] == len(running)
        assert stranger.poll() is None
        stranger.kill()
    assert not any(map(alive, running))
    assert not (checkout.path / ".sandbox").exists()


def test_reset_knows_what_runs_though_its_folder_is_gone(checkout: Checkout) -> None:
    checkout.mlp("env", "local")
    running = checkout.processes()
    for pid in running:
        os.kill(pid, signal.SIGSTOP)  # it cannot end by itself
    shutil.rmtree(checkout.path / ".sandbox")
    assert checkout.mlp("reset")["environments"] == ["local"]
    assert not any(map(alive, running))


def test_reset_refuses_an_environment_that_is_not_there(checkout: Checkout) -> None:
    told = checkout.mlp("reset", "porduction", code=1)
    assert "there is no environment 'porduction'; allowed: local, dev, staging, prod" in told["errors"][0]
