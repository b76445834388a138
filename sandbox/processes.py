"""Processes of the sandbox that outlive the command that started them."""

import ctypes
import os
import random
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after does not."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of ours that has ended is no longer alive
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:  # no /proc on this machine
        return True


def mark(root: Path, role: str) -> dict[str, str]:
    """The variable of every process of an environment's sandbox: what it is, and the environment's folder.

    It is never set in a user's shell, so that nothing that a user starts has it.
    """
    return {_MARK: f"{role}:{root}"}


def marked(root: Path, *roles: str) -> list[int]:
    """The processes of the sandbox in a folder, of some roles or of all; this one is never among them.

    They are known by what they were started with, so that a number that is used again hits nobody else.
    """
    return [one.pid for one in everything() if one.root == root and (not roles or one.role in roles)]


class Marked(NamedTuple):
    """A process of a sandbox: of what role, and in which folder."""

    pid: int
    role: str
    root: Path


def everything() -> Iterator[Marked]:
    """Every process of every sandbox of this user, except for this one."""
    start = f"{_MARK}=".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        for variable in _read(folder / "environ").split(b"\0"):
            if variable.startswith(start) and int(folder.name) != os.getpid():
                role, _, root = os.fsdecode(variable.removeprefix(start)).partition(":")
                yield Marked(int(folder.name), role, Path(root))


def runs(pid: int, text: str) -> bool:
    """Whether a process runs whose command line holds a text, so that a number that is used again hits nobody else."""
    return alive(pid) and text in command(pid)


def command(pid: int) -> str:
    """The command line of a process; empty if there is no such process."""
    return os.fsdecode(_read(Path(f"/proc/{pid}/cmdline")).replace(b"\0", b" "))


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:  # it has ended, or is somebody else's
        return b""


def started(pid: int) -> str:
    """When a process was started, in ticks since the machine was: with it, a number names one process for good."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]  # field 22 of proc(5)
    except OSError:
        return ""


def connected(port: int) -> int | None:
    """The process of this machine that has a port of the loopback interface open, or None if that cannot be told.

    From /proc/net/tcp, whose columns proc(5) describes.
    """
    with suppress(OSError):
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        sockets = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}")}
        for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
            with suppress(OSError):  # it has been closed, or is another user's
                if os.readlink(descriptor) in sockets:
                    return int(descriptor.parts[2])
    return None


def end(pid: int, seconds: float) -> None:
    """Ask a process to end, and kill it if it has not within the time."""
    end_all([pid], seconds)


def end_all(pids: Sequence[int], seconds: float) -> None:
    """Ask processes to end, and kill those that have not within the time."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    wait_for_end(pids, seconds)
    for pid in filter(alive, pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for_end(pids, 5)


def wait_for_end(pids: Sequence[int], seconds: float = float("inf")) -> bool:
    """Wait until none of some processes runs; whether that came true in time."""
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end_with_parent() -> None:
    """Have this process killed when the thread that started it ends; for `preexec_fn` of a single-threaded parent."""
    prctl_set_pdeathsig = 1  # linux/prctl.h
    _LIBC.prctl(prctl_set_pdeathsig, signal.SIGKILL)


_LIBC = ctypes.CDLL(None)
_MARK = "MLP_PROCESS_OF"


QUIET = range(20000, 32768)
"""Ports that no connection takes on its own: Linux gives those from 32768 up to whoever connects."""


def free_port(wanted: int) -> int:
    """The wanted port if it is free, so that open shells keep working, else any."""
    return free_ports(1, [wanted])[0]


def free_ports(number: int, wanted: Sequence[int] = ()) -> list[int]:
    """As many free ports of the loopback interface, those wanted as far as they are free.

    They are chosen at random from those that stay free until a program opens them: what starts at the same time hardly
    ever chooses the same, and no connection takes one in between.
    """
    with ExitStack() as held:
        others = random.sample(QUIET, 100 + number)
        return [_bound(held, [*filter(None, wanted[place : place + 1]), *others]) for place in range(number)]


def _bound(held: ExitStack, ports: Sequence[int]) -> int:
    for port in ports:
        probe = held.enter_context(socket.socket())
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise OSError("no free port on the loopback interface")
