"""Processes of the sandbox that outlive the command that started them."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path


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


def runs(pid: int, text: str) -> bool:
    """Whether a process runs whose command line holds a text, so that a number used again hits nobody else."""
    asked = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
    return alive(pid) and text in subprocess.run(asked, capture_output=True, text=True, check=False).stdout


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
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while alive(pid) and time.monotonic() < deadline:
            time.sleep(0.02)
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


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
