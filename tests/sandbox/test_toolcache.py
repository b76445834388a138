import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.toolchain import Toolbox
from sandbox.toolsources import Processes
from tests.sandbox import fake_toolbox
from tests.sandbox.fake_toolbox import ENGINE, alive, other_process, until

path, box, journal = fake_toolbox.path, fake_toolbox.box, fake_toolbox.journal


def test_a_build_killed_in_the_middle_leaves_nothing_that_counts(box, tmp_path, journal):
    build = other_process(box, FAKE_GO="hang")
    compiler = tmp_path / "journal.pid"
    until(lambda: compiler.exists() and compiler.read_text().strip())
    build.kill()
    build.communicate()
    os.kill(int(compiler.read_text()), signal.SIGKILL)

    assert Path(journal()[0]).read_text() == "half"
    assert box.look().tools["engine"].state == "missing"
    engine = box.ensure(["engine"]).tools["engine"]
    assert subprocess.check_output([engine.path], text=True) == "built\n"
    assert [entry.name for entry in (box.cache / "tools").iterdir()] == [box.built(ENGINE).name]


def test_ctrl_c_kills_compilers(box, tmp_path):
    build = other_process(box, FAKE_GO="hang")
    child = tmp_path / "journal.pid"
    until(lambda: child.exists() and child.read_text().strip())
    build.send_signal(signal.SIGINT)

    assert "KeyboardInterrupt" in build.communicate(timeout=20)[1]
    until(lambda: not alive(int(child.read_text())))
    assert list((box.cache / "tools").iterdir()) == []


def test_nothing_starts_once_the_fetch_is_stopped(tmp_path):
    processes = Processes()
    processes.stop()
    start = time.monotonic()

    with pytest.raises(InterruptedError):
        processes.run(tmp_path / "log", ["sleep", "60"])
    assert time.monotonic() - start < 10


def test_a_fetch_can_step_back_behind_other_work(tmp_path):
    usual, behind = (int(Processes(niceness).run(tmp_path / "log", ["nice"])) for niceness in (0, 3))

    assert behind == min(usual + 3, 19)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda file: os.truncate(file, 5), "bin/engine has 5 bytes instead of 21"),
        (lambda file: file.unlink(), "bin/engine is gone"),
        (lambda file: (file.parents[1] / "manifest.json").write_text("{"), "its manifest cannot be read"),
    ],
)
def test_a_damaged_entry_is_seen_and_rebuilt(box, journal, damage, says):
    engine = box.ensure(["engine"]).tools["engine"]
    damage(engine.path)

    found = box.look(["engine"]).tools["engine"]
    assert (found.state, found.path) == ("damaged", None)
    assert says in found.note
    assert subprocess.check_output([box.ensure(["engine"]).tools["engine"].path], text=True) == "built\n"
    assert len(journal()) == 2


def test_changed_content_of_the_same_size_is_found_by_verify(box, journal):
    engine = box.ensure(["engine"]).tools["engine"]
    engine.path.write_text("#!/bin/sh\necho bUilt\n")

    assert box.look(["engine"]).complete
    found = box.look(["engine"], verify=True).tools["engine"]
    assert found.state == "damaged"
    assert "the content of bin/engine has changed" in found.note
    assert box.ensure(["engine"], verify=True).complete
    assert box.look(["engine"], verify=True).complete
    assert len(journal()) == 2


def test_a_second_checkout_with_the_same_pins_builds_nothing(box, tmp_path, journal):
    first = box.ensure()
    second = replace(box, pins=Path(shutil.copytree(box.pins, tmp_path / "other")))

    assert second.ensure() == first
    assert len(journal()) == 2


@pytest.mark.parametrize("pin", ["go.mod", "go.sum"])
def test_a_changed_pin_is_built_anew_and_the_old_one_stays(box, tmp_path, pin):
    first = box.ensure()
    other = replace(box, pins=Path(shutil.copytree(box.pins, tmp_path / "other")))
    with open(other.pins / "engine" / pin, "a") as file:
        file.write("\n")

    assert other.look().tools["engine"].state == "missing"
    assert other.ensure().tools["engine"].path != first.tools["engine"].path
    assert other.look().tools["engine-host"] == first.tools["engine-host"]
    assert box.look() == first


def test_two_processes_at_once_build_once(box, journal):
    body = "box.ensure(['engine'], lambda event: print(event.phase, flush=True))"
    both = [other_process(box, body, FAKE_GO="slow") for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]

    assert [process.returncode for process in both] == [0, 0], outputs
    assert len(journal()) == 1
    assert any("waiting for another process" in output for output, _ in outputs)


def test_the_cache_is_the_users(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("MLP_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert Toolbox().cache == tmp_path / ".cache" / "ml-platform"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert Toolbox().cache == tmp_path / "xdg" / "ml-platform"
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "own"))
    assert Toolbox().cache == tmp_path / "own"


def test_the_manifest_names_every_file(box):
    entry = box.built(ENGINE)
    box.ensure(["engine"])

    manifest = json.loads((entry / "manifest.json").read_text())
    content = (entry / "bin" / "engine").read_bytes()
    assert manifest["files"] == {"bin/engine": [len(content), hashlib.sha256(content).hexdigest()]}
