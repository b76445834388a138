"""What a kill leaves behind, in the middle of a change or after it, is made good by the next command."""

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from mlp.states import States
from sandbox.place import Place
from sandbox.processes import alive, started
from tests.sandbox.conftest import ABOVE, Checkout, engine_of

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout with all of `local`."""
    made = Checkout(tmp_path_factory.mktemp("whole"), cluster=True, keep=ABOVE)
    yield made
    made.end()


def start_until(checkout: Checkout, made: int) -> subprocess.Popen[str]:
    """Start `mlp up` and come back once the provider has made some more resources."""
    journal = checkout.path / ".sandbox" / "local" / "creates.jsonl"

    def noted() -> int:
        return journal.read_text().count('"id": "') if journal.exists() else 0

    before = noted()
    process = checkout.start("up", "--json")
    deadline = time.monotonic() + 240
    while noted() < before + made:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


def converges(checkout: Checkout) -> None:
    assert checkout.mlp("up")["ok"]
    assert checkout.mlp("preview")["changes"] == []
    held = {kind: len(items) for kind, items in checkout.held().items()}
    assert held == {"buckets": 4, "keys": 2, "aliases": 2, "roles": 1, "groups": 1, "trails": 1}


def test_an_engine_killed_and_a_command_line_ended_lose_nothing(checkout: Checkout) -> None:
    process = start_until(checkout, 3)
    os.kill(engine_of(process), signal.SIGKILL)
    process.communicate()
    assert process.returncode == 1
    process = start_until(checkout, 15)
    process.terminate()
    out, _ = process.communicate()
    assert process.returncode == 130
    assert json.loads(out)["errors"] == ["interrupted; the next `mlp up` carries on from here"]
    converges(checkout)


def test_an_account_killed_in_mid_update_loses_nothing(checkout: Checkout) -> None:
    checkout.kill_account()
    process = start_until(checkout, 10)
    checkout.kill_account()
    out, _ = process.communicate()
    assert process.returncode == 1
    assert "Could not connect" in out or "Connection was closed" in out
    converges(checkout)


def test_an_account_that_has_ended_is_built_again(checkout: Checkout) -> None:
    checkout.kill_account()
    assert "account: not running" in checkout.run("status").stdout
    assert checkout.mlp("preview")["created"]
    converges(checkout)


def test_the_engine_of_a_killed_command_is_waited_for(checkout: Checkout) -> None:
    checkout.kill_account()
    process = start_until(checkout, 3)
    engine = engine_of(process)
    os.kill(engine, signal.SIGSTOP)  # it stays at work until the next command has seen it
    process.kill()
    process.communicate()
    following = checkout.start("up")
    try:
        said = ""
        while "is still at work" not in " ".join(said.split()):
            assert following.stderr
            line = following.stderr.readline()
            assert line, said
            said += line
    finally:
        os.kill(engine, signal.SIGCONT)
    following.communicate(timeout=300)
    converges(checkout)


def test_what_a_killed_provider_may_have_made_is_not_left_behind(checkout: Checkout) -> None:
    checkout.kill_account()
    process = start_until(checkout, 3)
    providers = subprocess.run(["pgrep", "-f", "sandbox.aws.provider"], capture_output=True, text=True, check=True)
    for pid in map(int, providers.stdout.split()):
        if pid in checkout.processes():
            os.kill(pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == 1
    converges(checkout)


def test_a_state_backend_killed_in_mid_update_loses_nothing(checkout: Checkout) -> None:
    checkout.kill_account()
    process = start_until(checkout, 10)
    record = json.loads((checkout.path / ".sandbox" / "local" / "backend.json").read_text())
    os.kill(record["pid"], signal.SIGKILL)
    process.communicate()
    assert process.returncode == 1
    converges(checkout)


def test_an_engine_at_work_is_respected_and_one_that_was_killed_is_not(checkout: Checkout) -> None:
    assert checkout.pulumi("stack", "ls").returncode == 0
    update = checkout.path / ".sandbox/local/state/ml-platform/local.update"
    update.write_text(json.dumps({"id": "update-1", "engine": os.getpid(), "since": started(os.getpid())}))
    told = checkout.mlp("preview", code=1)
    assert f"an engine (process {os.getpid()}) is changing the stack local" in told["errors"][0]
    assert f"process {os.getpid()}" in checkout.pulumi("refresh", "--yes", "--stack", "local").stderr
    ended = subprocess.Popen(["true"])
    ended.wait()
    update.write_text(json.dumps({"id": "update-1", "engine": ended.pid, "since": ""}))
    assert checkout.mlp("preview")["changes"] == []


def test_two_command_lines_do_not_change_one_environment(checkout: Checkout) -> None:
    with (checkout.path / ".sandbox" / "local" / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        told = checkout.mlp("up", code=1)
    assert "is changing local; wait until it has ended" in told["errors"][0]


def test_a_destroy_that_was_killed_is_finished_by_the_next(checkout: Checkout) -> None:
    trails = checkout.client("cloudtrail")
    process = checkout.start("down", "--json")
    deadline = time.monotonic() + 60
    while True:  # the engine stands still while it is looked at, so that it is not killed after its last step
        assert time.monotonic() < deadline, "the trail, which goes before its bucket, is there"
        time.sleep(0.02)
        with suppress(OSError, ValueError):  # no engine yet, or one that has ended
            os.kill(engine := engine_of(process), signal.SIGSTOP)
            if not trails.describe_trails()["trailList"]:
                break
            os.kill(engine, signal.SIGCONT)
    os.kill(engine, signal.SIGKILL)
    process.communicate()
    assert process.returncode == 1
    assert any(checkout.held().values())
    assert checkout.mlp("down")["left"] == []
    assert checkout.processes() == []
    assert not (checkout.path / ".sandbox").exists()


def test_all_of_local_comes_back_after_its_account_and_then_its_engine_were_killed(whole: Checkout) -> None:
    before = whole.mlp("up")["created"]
    whole.kill_account()
    process = start_until(whole, 60)
    os.kill(engine_of(process), signal.SIGKILL)
    process.communicate()
    again = whole.mlp("up")
    assert again["created"] + again["unchanged"] + again["updated"] >= before
    assert whole.mlp("preview")["changes"] == []


def test_all_of_local_goes_after_its_account_and_its_control_plane_were_killed(whole: Checkout) -> None:
    status = whole.mlp("status")
    running = whole.processes()
    process = whole.start("down", "--json")
    states, deadline = States(Place(whole.path, "local")), time.monotonic() + 120
    before = len((states.deployment("local") or {})["resources"])
    while len((states.deployment("local") or {})["resources"]) == before:
        assert time.monotonic() < deadline, "nothing is deleted"
        time.sleep(0.05)
    whole.kill_account()
    os.kill(status["kubernetes"]["supervisor"]["pid"], signal.SIGKILL)
    process.communicate()
    assert process.returncode == 1
    assert whole.mlp("down")["left"] == []
    assert whole.processes() == []
    assert not any(map(alive, running))
    assert not (whole.path / ".sandbox").exists()
