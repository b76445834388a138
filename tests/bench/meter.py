"""Measures what a command takes: seconds on the clock, and of the processors in every process it starts."""

import ctypes
import os
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER` of Linux's prctl: what an ended process leaves behind becomes our child."""
PATIENCE = 30.0
"""Seconds that a plugin has to end after its engine."""


@dataclass(frozen=True)
class Took:
    """What something took, in seconds: on the clock, and of the processors in its processes and in the account."""

    clock: float
    processes: float
    account: float

    @property
    def cpu(self) -> float:
        """Processor seconds of all processes."""
        return self.processes + self.account


def adopt_orphans() -> None:
    """Become the parent of plugins whose engine has ended, so that their time counts.

    Raises:
        OSError: This is not Linux.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this measurement needs prctl of Linux")


def measure(run: Callable[[], object], account: int) -> Took:
    """What a function takes whose child processes do the work, beside the process of the account."""
    processes, server, started = _ended(), _of(account), time.perf_counter()
    run()
    clock = time.perf_counter() - started
    bury(except_for=account)
    return Took(clock, _ended() - processes, _of(account) - server)


def bury(except_for: int = 0) -> None:
    """Wait until all processes below this one have ended, but for one.

    Raises:
        TimeoutError: One runs on.
    """
    deadline = time.monotonic() + PATIENCE
    while left := _below() - {except_for}:
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {sorted(left)} did not end within {PATIENCE:.0f} s")
        for process in left:
            with suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
        time.sleep(0.05)


def _below() -> set[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return {int(process) for file in lists for process in file.read_text().split()}


def _ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
