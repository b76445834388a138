"""A server runs as long as it holds its file, and ends when the file is removed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import claims, processes
from sandbox.account import Account, AccountError
from sandbox.place import Place
from tests.sandbox.conftest import until

ROOT = Path(__file__).parents[2]
SERVER = "from sandbox import claims; claims.end_when_lost(); print(1, flush=True); import time; time.sleep(60)"


def serve(file: Path, root: Path, role: str = "account") -> subprocess.Popen[str]:
    """A server that has claimed a file, once it watches it."""
    found = claims.claim(file)
    assert found
    with found:
        variables = os.environ | claims.passed(found, file) | processes.mark(root, role)
        given = {"env": variables, "pass_fds": [found.fileno()], "stdout": subprocess.PIPE, "cwd": ROOT}
        made = subprocess.Popen([sys.executable, "-c", SERVER], text=True, **given)
    assert made.stdout
    assert made.stdout.readline()
    return made


def test_a_file_is_held_as_long_as_the_server_lives(tmp_path: Path) -> None:
    file = tmp_path / "claim"
    assert not claims.held(file)
    server = serve(file, tmp_path)
    assert claims.held(file)
    assert claims.claim(file) is None
    server.kill()
    server.communicate()
    assert not claims.held(file)


@pytest.mark.parametrize("replaced", [False, True], ids=["removed", "replaced"])
def test_a_server_ends_when_its_file_is_no_longer_there(tmp_path: Path, replaced: bool) -> None:
    file = tmp_path / "claim"
    server = serve(file, tmp_path)
    file.unlink()
    if replaced:
        file.touch()
    server.communicate(timeout=10)
    assert server.returncode == 0


def test_processes_are_known_by_folder_and_role(tmp_path: Path) -> None:
    here, other = tmp_path / "dev", tmp_path / "dev-2"
    for root in here, other:
        root.mkdir()
    server, stranger = serve(here / "claim", here), serve(other / "claim", other)
    assert processes.marked(here) == processes.marked(here, "account") == [server.pid]
    assert processes.marked(here, "engine") == []
    processes.end_all(processes.marked(here), 5)
    server.communicate()
    assert stranger.poll() is None
    stranger.kill()
    stranger.communicate()


@pytest.mark.parametrize("record", ["", "{", "[]", '{"pid": 1}', '{"id": "a", "pid": "x", "port": 1}'])
def test_a_damaged_record_is_no_account(tmp_path: Path, record: str) -> None:
    account = Account(Place(tmp_path, "local"), "111111111111")
    account.place.path("account.json").write_text(record)
    assert account.process is None
    with pytest.raises(AccountError, match="the emulated account does not run; start it with `mlp up`"):
        _ = account.endpoint


def test_a_record_that_names_a_living_process_is_not_believed(tmp_path: Path) -> None:
    account = Account(Place(tmp_path, "dev"), "111111111111")
    account.place.path("account.json").write_text(f'{{"id": "a", "pid": {os.getpid()}, "port": 1}}')
    assert account.running is None
    account.stop()  # and this process is still there


@pytest.mark.parametrize("damage", ["removed", "emptied"])
def test_an_account_without_its_record_makes_way_for_a_new_one(tmp_path: Path, damage: str) -> None:
    account = Account(Place(tmp_path, "local"), "111111111111")
    first = account.start()
    assert account.start() == first
    account.wait()
    (server,) = processes.marked(account.place.root)
    record = account.place.path("account.json")
    if damage == "removed":
        record.unlink()
    else:
        record.write_text("")
    second = account.start()
    assert second != first
    account.wait()
    until(lambda: not processes.alive(server))
    assert len(processes.marked(account.place.root)) == 1
    account.stop()
    assert processes.marked(account.place.root) == []


def test_a_program_ends_with_who_started_it(tmp_path: Path) -> None:
    start = (
        "import subprocess, time; from sandbox.processes import end_with_parent;"
        "print(subprocess.Popen(['sleep', '60'], preexec_fn=end_with_parent).pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    until(lambda: not processes.alive(child))
