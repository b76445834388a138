"""Files that a server of the sandbox holds locked for as long as it lives, and without which it ends.

The lock says whether the server runs: process numbers are used again, and a copied folder names somebody else's.
A server whose file was removed, by `mlp reset` or by hand, ends itself, so that none is left behind.
"""

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

_VARIABLE = "MLP_SANDBOX_CLAIM"
LOOK_SECONDS = 0.1
"""How often a server looks whether its file is still there."""


def held(file: Path) -> bool:
    """Whether a running process has claimed a file."""
    try:
        with file.open() as found:
            fcntl.flock(found, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def claim(file: Path) -> IO[str] | None:
    """The file, made if need be and locked, or None if somebody else holds it.

    The lock is passed on to a process that inherits the open file, and lasts as long as one of them keeps it open.
    """
    for _ in range(3):  # whoever asks `held` holds it for a moment
        found = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+")
        with suppress(BlockingIOError):
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if is_at(found.fileno(), file):
                return found
        found.close()
        time.sleep(0.01)
    return None


def write(found: IO[str], content: Mapping[str, Any]) -> None:
    """Write an object into a claimed file, which stays the same file."""
    found.seek(0)
    found.write(json.dumps(content))
    found.truncate()
    found.flush()


def is_at(descriptor: int, file: Path) -> bool:
    """Whether an open file is the one that lies at a path: neither removed nor replaced."""
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except OSError:
        return False


def passed(found: IO[str], file: Path) -> dict[str, str]:
    """The variable that tells a server which file it has claimed, and by which open file, which it must inherit."""
    return {_VARIABLE: f"{found.fileno()}:{file}"}


def start(
    found: IO[str],
    file: Path,
    command: Sequence[str],
    log: Path,
    variables: Mapping[str, str],
    inherit: Sequence[int] = (),
) -> int:
    """Start a server that holds a claimed file and outlives this process, and return its process number.

    Args:
        found: The claimed file, as `claim` opened it.
        file: Path of the claimed file.
        command: Module of the server, and its arguments.
        log: File that everything the server writes is appended to.
        variables: Variables of the server, added to those of this process.
        inherit: Descriptors that the server inherits besides the claimed file.
    """
    with log.open("ab") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            pass_fds=[found.fileno(), *inherit],
            env={**os.environ, **variables, **passed(found, file)},
        )
    server.returncode = 0  # it outlives this process, which never waits for it
    return server.pid


def lost() -> Callable[[], bool]:
    """A function that says whether the file that was claimed for this process is no longer at its path."""
    descriptor, _, file = os.environ.pop(_VARIABLE, "").partition(":")
    return lambda: bool(file) and not is_at(int(descriptor), Path(file))


def end_when_lost() -> None:
    """End this process, from a thread and at once, when the file that was claimed for it is removed."""
    gone = lost()

    def watch() -> None:
        while not gone():
            time.sleep(LOOK_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
