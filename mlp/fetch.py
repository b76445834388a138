"""Fetches the sandbox's programs and shows how it goes."""

import os
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from rich.console import Console

from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import BESIDE, START
from sandbox.toolchain import Event, Toolbox, Toolchain
from sandbox.toolreleases import DOWNLOADING
from sandbox.tools import CORES, Tool
from sandbox.toolsources import Processes

LINE_INTERVAL = 15  # seconds between two lines about a program where there is no terminal
BUSY = 0.9  # of the cores' time, while programs are compiled
BEHIND = 10  # niceness of what is fetched while the platform is being deployed

_waits: list[float] = []


def fetch(
    names: Iterable[str] | None = None, verify: bool = False, console: Console | None = None, needed_by: str = "mlp up"
) -> Toolchain:
    """Find programs and fetch what is missing; standard error shows what is fetched and how that goes.

    Args:
        names: The programs; all of the table if None.
        verify: Compare every byte of those in the cache.
        console: Where progress is shown, standard error if None.
        needed_by: The command that needs them, for the announcement of what has to be compiled.

    Raises:
        ToolchainError: A program cannot be had.
    """
    display = _Display(console or Console(stderr=True), needed_by)
    try:
        return Toolbox().ensure(names, display.show, verify, display.announce)
    finally:
        display.close()


def spent() -> float:
    """Return the seconds that this process has waited for programs to be fetched, compiling included."""
    return sum(_waits)


class Ahead:
    """Programs that are fetched while something else is done, which has the processors first.

    It is a context manager: at its end, whatever is not fetched yet is given up, and goes on with the next fetch.
    """

    def __init__(self, names: Sequence[str], console: Console) -> None:
        self._display, self._processes = _Display(console, "mlp up", hidden=True), Processes(BEHIND)
        self._thread = ThreadPoolExecutor(1)
        show, announce = self._display.show, self._display.announce
        self._fetched = self._thread.submit(Toolbox().ensure, names, show, False, announce, self._processes)

    def wait(self) -> Toolchain:
        """Show how the rest is fetched, and return the programs.

        Raises:
            ToolchainError: A program cannot be had.
        """
        try:
            self._display.reveal()
            return self._fetched.result()
        finally:
            self._display.close()

    def __enter__(self) -> Self:
        """Let it go on."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop what still runs."""
        self._processes.stop()
        self._thread.shutdown()


def start_plane(plane: ControlPlane, names: Sequence[str] = START, queues: Mapping[str, Any] | None = None) -> None:
    """Start a control plane if it does not run whole, or runs without some of these programs; fetch and show them.

    What once ran beside it runs again: Kueue's webhooks are among the objects that a control plane keeps.

    Args:
        plane: The control plane.
        names: The programs.
        queues: Kueue's configuration in the cluster, if Kueue is among the programs; by default the last one.
    """
    if plane.running and plane.intact and plane.programs.issuperset(names):
        return
    names = [*names, *(name for name in BESIDE if name in plane.programs.difference(names))]
    tools, display = fetch(names), _Display(Console(stderr=True))
    try:
        if plane.running:
            plane.stop()
        plane.start(tools, display.show, queues)
    finally:
        display.close()


class _Display:
    """A bar for each program on a terminal, now and then a line elsewhere; nothing before the first event.

    Args:
        console: Where it is shown.
        needed_by: The command that needs the programs.
        hidden: Whether it begins without being shown; `reveal` shows it.
    """

    def __init__(self, console: Console, needed_by: str = "", hidden: bool = False) -> None:
        self._console, self._needed_by, self._hidden = console, needed_by, hidden
        self._tasks = {}
        self._said: dict[str, tuple[float, str]] = {}
        self._begun: dict[str, tuple[float, int]] = {}  # when a download began, and with how much
        self._kept: list[str] = []
        self._start = self._shown = 0.0
        self._lock = threading.Lock()

    def announce(self, tools: Sequence[Tool]) -> None:
        """Say what has to be compiled, how long that takes, and how much room it needs."""
        with self._lock:
            self._print(announcement(tools, self._needed_by))

    def show(self, event: Event) -> None:
        """Show an event."""
        with self._lock:
            self._start = self._start or time.monotonic()
            if not (self._hidden or self._shown):
                self._shown = time.monotonic()
                self._print("Fetching the programs of the sandbox, once for all checkouts.")
            if event.problem:
                self._print(f"{event.tool}: {event.problem}\n  Next: {event.phase}.")
            else:
                (self._bar if self._console.is_terminal else self._line)(event, event.text)

    def reveal(self) -> None:
        """Show it from now on, beginning with the lines that were hidden."""
        with self._lock:
            self._hidden, self._shown = False, time.monotonic()
            for text in self._kept:
                self._print(text)
            if self._tasks:
                self._bars.start()

    def _print(self, text: str) -> None:
        if self._hidden:
            self._kept.append(text)
        else:
            self._console.print(text, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Take it away, and count how long it was shown."""
        if self._tasks:
            self._bars.stop()
        if self._shown:
            _waits.append(time.monotonic() - self._shown)

    @cached_property
    def _bars(self):
        # Imported here because most runs have nothing to fetch and need not wait for it.
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        now = TextColumn("{task.fields[now]}")
        columns = (TextColumn("{task.description}"), BarColumn(20), now, TimeElapsedColumn(), TimeRemainingColumn())
        # Packages differ in size: a short look back would make the estimate of the time left jump.
        bars = Progress(*columns, console=self._console, speed_estimate_period=120)
        if not self._hidden:
            bars.start()
        return bars

    def _bar(self, event: Event, now: str) -> None:
        if event.tool not in self._tasks:
            self._tasks[event.tool] = self._bars.add_task(event.tool, total=None, now=now)
        done, total = (1, 1) if event.phase == "ready" else (event.done, event.total or None)
        self._bars.update(self._tasks[event.tool], completed=done, total=total, now=now)

    def _line(self, event: Event, now: str) -> None:
        if self._hidden:
            return
        elapsed = time.monotonic() - self._start
        now += self._left(event, elapsed)
        last, phase = self._said.get(event.tool, (-LINE_INTERVAL, ""))
        if elapsed - last >= LINE_INTERVAL or (event.phase == "ready" != phase):
            self._said[event.tool] = elapsed, event.phase
            minutes, seconds = divmod(int(elapsed), 60)
            self._console.print(f"{minutes:3}:{seconds:02}  {event.tool}: {now}", highlight=False, soft_wrap=True)

    def _left(self, event: Event, elapsed: float) -> str:
        """How long a download still takes, from its speed so far; a bar shows that by itself."""
        if event.phase != DOWNLOADING or not event.total:
            return ""
        begun, kept = self._begun.setdefault(event.tool, (elapsed, event.done))
        loaded = event.done - kept
        return f", {(event.total - event.done) * (elapsed - begun) / loaded:.0f} s left" if loaded else ""


def announcement(tools: Sequence[Tool], needed_by: str) -> str:
    """Return what to say before programs are compiled: which, for what, how long, how big."""
    *most, last = [tool.name for tool in tools]
    names = f"{', '.join(most)} and {last}" if most else last
    size, cores = sum(tool.cost.megabytes for tool in tools), os.cpu_count() or CORES
    return f"{needed_by} needs {names}, {size} MB: compiling takes {expected(tools)} on {cores} cores, once."


def expected(tools: Iterable[Tool]) -> str:
    """Return about how long this machine compiles programs, if its cores are as fast as those of the table."""
    minutes = sum(tool.cost.seconds for tool in tools) / ((os.cpu_count() or CORES) * BUSY * 60)
    return f"about {max(1, round(minutes))} min"
