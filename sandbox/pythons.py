"""Environments of Python, for programs of the platform whose packages are not the checkout's."""

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox import toolcache
from sandbox.toolchain import Event

LOCKS = Path(__file__).parents[1] / "tools"


class PythonError(Exception):
    """The packages of a lock cannot be installed; the text has the last lines of what uv wrote."""


def ensure(name: str, on_event: Callable[[Event], None] = lambda event: None, cache: Path | None = None) -> Path:
    """Return the interpreter that has the packages of `tools/<name>/requirements.lock`, installed if need be.

    It is kept in the cache of the tools, by the content of its lock and the version of Python.

    Raises:
        PythonError: The packages cannot be installed.
    """
    lock = LOCKS / name / "requirements.lock"
    key = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    entry = (cache or toolcache.default_root()) / "tools" / f"python-{name}-{key}"

    def fill(folder: Path) -> dict:
        # An environment knows its own path: it is made in its place, and what is placed says that it is complete.
        home = entry.with_name(f"{entry.name}.env")
        for command in (
            ["venv", "-q", "--clear", "--python", sys.executable, str(home)],
            ["pip", "sync", "-q", "--python", str(_interpreter(home)), "--require-hashes", str(lock)],
        ):
            on_event(Event(f"python for {name}", "installing packages"))
            done = subprocess.run([sys.executable, "-m", "uv", *command], capture_output=True, text=True, check=False)
            if done.returncode:
                raise PythonError(f"the packages of {lock} cannot be installed:\n{done.stderr[-2000:]}")
        on_event(Event(f"python for {name}", "ready"))
        return {"version": key}

    toolcache.place(entry, fill, lambda: on_event(Event(f"python for {name}", "waiting for another process")))
    return _interpreter(entry.with_name(f"{entry.name}.env"))


def _interpreter(home: Path) -> Path:
    return home / "bin" / "python"
