"""Measures what a command takes: seconds on the clock, and of the processors in every process it starts."""

import ctypes
import os
import resource
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER` of Linux's prctl: what an ended process leaves behind becomes our child."""
PATIENCE = 30.0
"""Seconds that a plugin has to end after its engine."""


@dataclass(frozen=True)
class Took:
    """What something took, in seconds: on the clock, and of the processors in its processes and in the servers."""

    clock: float
    processes: float
    servers: float

    @property
    def cpu(self) -> float:
        """Processor seconds of all processes."""
        return self.processes + self.servers


def adopt_orphans() -> None:
    """Become the parent of plugins whose engine has ended, so that their time counts.

    Raises:
        OSError: This is not Linux.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this measurement needs prctl of Linux")


def measure(run: Callable[[], object]) -> Took:
    """What a function takes whose child processes do the work, beside the servers that run already."""
    servers = _below(os.getpid())
    processes, before, started = _ended(), _of(servers), time.perf_counter()
    run()
    clock = time.perf_counter() - started
    bury(servers)
    return Took(clock, _ended() - processes, _of(servers) - before)


def bury(except_for: Collection[int] = ()) -> None:
    """Wait until all processes below this one have ended, but for some.

    Raises:
        TimeoutError: One runs on.
    """
    deadline = time.monotonic() + PATIENCE
    while left := _below(os.getpid()) - set(except_for):
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {sorted(left)} did not end within {PATIENCE:.0f} s")
        for process in left:
            with suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
        time.sleep(0.05)


def _below(process: int) -> set[int]:
    """The processes below one, at any depth."""
    children = set[int]()
    with suppress(OSError):  # it has ended meanwhile
        for file in Path(f"/proc/{process}/task").glob("*/children"):
            children |= {int(child) for child in file.read_text().split()}
    return children.union(*map(_below, children))


def _ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of(processes: Collection[int]) -> float:
    """Seconds of the processors that running processes have used."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
