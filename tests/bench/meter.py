"""Measures what a command takes: seconds on the clock, and of the processors in every process it starts."""

import ctypes
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.sides import Seen, Watch

SUBREAPER = 36
"""`PR_SET_CHILD_SUBREAPER` of Linux's prctl: what an ended process leaves behind becomes our child."""
PATIENCE = 30.0
"""Seconds that a plugin has to end after its engine."""
LOOK = 0.2
"""Seconds between two looks at which processes run."""


@dataclass(frozen=True)
class Took:
    """What something took, in seconds: on the clock, and of the processors in its processes and in the servers.

    Attributes:
        clock: Seconds on the clock.
        cpu: Seconds of the processors in its processes and in the servers of the sandbox.
        seen: Environment variables of its processes.
    """

    clock: float
    cpu: float
    seen: Seen


def adopt_orphans() -> None:
    """Become the parent of plugins whose engine has ended, so that their time counts.

    Raises:
        OSError: This is not Linux.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this measurement needs prctl of Linux")


def measure(run: Callable[[], object], servers: Callable[[], set[int]] = set) -> Took:
    """What a function takes whose child processes do the work; what runs before it, such as a proxy, does not count.

    Args:
        run: What to measure.
        servers: Process ids of servers that may outlive it; it may start and stop them.
    """
    before = below(os.getpid())
    used = _ended() + _of(with_children(servers()))
    with watching() as watch:
        started = time.perf_counter()
        run()
        clock = time.perf_counter() - started
    lasting = with_children(servers())
    bury(lasting | before)
    return Took(clock, _ended() + _of(lasting) - used, watch.seen)


@contextmanager
def watching() -> Iterator[Watch]:
    """Note the environment variables of all processes that are started below this one."""
    watch, stop = Watch(), threading.Event()

    def look() -> None:
        while not stop.wait(LOOK):
            watch.look(below(os.getpid()))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield watch
    finally:
        stop.set()
        looking.join()


def bury(except_for: Collection[int] = ()) -> None:
    """Wait until all processes below this one have ended, but for some.

    Raises:
        TimeoutError: One runs on.
    """
    deadline = time.monotonic() + PATIENCE
    while left := below(os.getpid()) - set(except_for):
        if time.monotonic() > deadline:
            raise TimeoutError(f"processes {sorted(left)} did not end within {PATIENCE:.0f} s")
        for process in left:
            with suppress(ChildProcessError):
                os.waitpid(process, os.WNOHANG)
        time.sleep(0.05)


def end_all() -> None:
    """Kill every process below this one: after a measurement that was stopped, engines and plugins still run."""
    for process in below(os.getpid()):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    bury()


def with_children(processes: Collection[int]) -> set[int]:
    """Processes and all below them."""
    return set(processes).union(*map(below, processes))


def below(process: int) -> set[int]:
    """The processes below one, at any depth."""
    children = set[int]()
    with suppress(OSError):  # it has ended meanwhile
        for file in Path(f"/proc/{process}/task").glob("*/children"):
            children |= {int(child) for child in file.read_text().split()}
    return children.union(*map(below, children))


def _ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of(processes: Collection[int]) -> float:
    """Seconds of the processors that running processes have used."""
    ticks = 0
    for process in processes:
        with suppress(OSError):  # it has ended meanwhile
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            # Its own time and that of its ended children: utime, stime, cutime, cstime of proc(5).
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")
