"""What a kill in the middle of an update leaves behind is made good by the next `mlp up`."""

import os
import signal
import subprocess
import time

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox


def start_until(checkout: Checkout, made: int) -> subprocess.Popen[str]:
    """Start `mlp up` and come back once the provider has made some resources."""
    journal = checkout.path / ".sandbox" / "creates.jsonl"
    process = checkout.start("up", "--json")
    deadline = time.monotonic() + 120
    while not journal.exists() or len(journal.read_text().splitlines()) < made:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def engine_of(process: subprocess.Popen[str]) -> int:
    """The process id of the engine that a command line runs."""
    children = subprocess.run(["pgrep", "-P", str(process.pid), "pulumi"], capture_output=True, text=True, check=True)
    return int(children.stdout)


@pytest.mark.parametrize("made", [3, 25])
def test_a_killed_engine_loses_nothing(checkout: Checkout, made: int) -> None:
    process = start_until(checkout, made)
    os.kill(engine_of(process), signal.SIGKILL)
    process.communicate()
    assert process.returncode == 1
    assert checkout.mlp("up")["ok"]
    assert checkout.mlp("preview")["changes"] == []
    assert len(checkout.client("s3").list_buckets()["Buckets"]) == 4
    assert checkout.mlp("down")["left"] == []


def test_a_killed_account_in_mid_update_loses_nothing(checkout: Checkout) -> None:
    process = start_until(checkout, 10)
    checkout.kill_account()
    out, _ = process.communicate()
    assert process.returncode == 1
    assert "Could not connect" in out
    assert checkout.mlp("up")["ok"]
    assert checkout.mlp("preview")["changes"] == []
    assert checkout.mlp("down")["left"] == []


def test_two_command_lines_do_not_change_one_environment(checkout: Checkout) -> None:
    process = start_until(checkout, 1)
    told = checkout.mlp("up", code=1)
    assert "another `mlp` is changing local" in told["errors"][0]
    process.communicate()
    assert process.returncode == 0
    assert checkout.mlp("down")["left"] == []
