"""Fetches the sandbox's programs and shows how it goes."""

import threading
import time
from collections.abc import Iterable
from functools import cached_property

from rich.console import Console

from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import START
from sandbox.toolchain import Event, Toolbox, Toolchain
from sandbox.toolreleases import DOWNLOADING

_spent = [0.0]


def spent() -> float:
    """How long this process has waited for programs to be fetched, in seconds."""
    return _spent[0]


LINE_INTERVAL = 15  # seconds between two lines about a program where there is no terminal


def fetch(names: Iterable[str] | None = None, verify: bool = False, console: Console | None = None) -> Toolchain:
    """Return the toolchain; if something must be fetched for it, standard error shows how that goes."""
    box, display = Toolbox(), _Display(console or Console(stderr=True))
    try:
        return box.ensure(names, display.show, verify)
    finally:
        display.close()


def start_plane(plane: ControlPlane, more: Iterable[str] = ()) -> bool:
    """Start a control plane if it does not run, or not with `more`, whatever has to be fetched for it; show it.

    Returns whether it begins empty.
    """
    names = [*START, *more]
    if plane.running and plane.programs.issuperset(names):
        return False
    tools, display = fetch(names), _Display(Console(stderr=True))
    try:
        if plane.running:
            plane.stop()
        return plane.start(tools, display.show)
    finally:
        display.close()


class _Display:
    """A bar for each program on a terminal, now and then a line elsewhere; nothing before the first event."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks = {}
        self._said: dict[str, tuple[float, str]] = {}
        self._begun: dict[str, tuple[float, int]] = {}  # when a download began, and with how much
        self._start = 0.0
        self._lock = threading.Lock()

    def show(self, event: Event) -> None:
        with self._lock:
            if not self._start:
                self._start = time.monotonic()
                self._console.print("Fetching the programs of the sandbox, once for all checkouts.")
            if event.problem:
                self._console.print(
                    f"{event.tool}: {event.problem}\n  Next: {event.phase}.", highlight=False, soft_wrap=True
                )
            else:
                (self._bar if self._console.is_terminal else self._line)(event, event.text)

    def close(self) -> None:
        if self._start:
            _spent[0] += time.monotonic() - self._start
        if self._tasks:
            self._bars.stop()

    @cached_property
    def _bars(self):
        # Imported here because most runs have nothing to fetch and need not wait for it.
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        now = TextColumn("{task.fields[now]}")
        columns = (TextColumn("{task.description}"), BarColumn(20), now, TimeElapsedColumn(), TimeRemainingColumn())
        # Packages differ in size: a short look back would make the estimate of the time left jump.
        bars = Progress(*columns, console=self._console, speed_estimate_period=120)
        bars.start()
        return bars

    def _bar(self, event: Event, now: str) -> None:
        if event.tool not in self._tasks:
            self._tasks[event.tool] = self._bars.add_task(event.tool, total=None, now=now)
        done, total = (1, 1) if event.phase == "ready" else (event.done, event.total or None)
        self._bars.update(self._tasks[event.tool], completed=done, total=total, now=now)

    def _line(self, event: Event, now: str) -> None:
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
