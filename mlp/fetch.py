"""Fetches the sandbox's programs and shows how it goes."""

import threading
import time
from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sandbox.toolchain import Event, Toolbox, Toolchain

LINE_INTERVAL = 15  # seconds between two lines about a program where there is no terminal


def fetch(names: Iterable[str] | None = None, verify: bool = False, console: Console | None = None) -> Toolchain:
    """Return the toolchain; if something must be fetched for it, standard error shows how that goes."""
    box, display = Toolbox(), _Display(console or Console(stderr=True))
    try:
        return box.ensure(names, display.show, verify)
    finally:
        display.bars.stop()


class _Display:
    """A bar for each program on a terminal, now and then a line elsewhere; nothing before the first event."""

    def __init__(self, console: Console) -> None:
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[now]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            speed_estimate_period=120,  # packages differ in size: a short look back would make the estimate jump
        )
        self._tasks = {}
        self._lock = threading.Lock()
        self._start = time.monotonic()
        self._lines: dict[str, tuple[float, str]] = {}

    def show(self, event: Event) -> None:
        with self._lock:
            if not self._lines:
                self.bars.console.print("Fetching the programs of the sandbox, once for all checkouts.")
            now = event.phase + (f" {event.done}/{event.total}" if event.total else f" {event.done or ''}").rstrip()
            (self._bar if self.bars.console.is_terminal else self._line)(event, now)

    def _bar(self, event: Event, now: str) -> None:
        self.bars.start()
        if event.tool not in self._tasks:
            self._tasks[event.tool] = self.bars.add_task(event.tool, total=None, now=now)
        done, total = (1, 1) if event.phase == "ready" else (event.done, event.total or None)
        self.bars.update(self._tasks[event.tool], completed=done, total=total, now=now)
        self._lines[event.tool] = 0, event.phase

    def _line(self, event: Event, now: str) -> None:
        elapsed = time.monotonic() - self._start
        last, phase = self._lines.get(event.tool, (-LINE_INTERVAL, ""))
        if elapsed - last >= LINE_INTERVAL or (event.phase == "ready" != phase):
            self._lines[event.tool] = elapsed, event.phase
            minutes, seconds = divmod(int(elapsed), 60)
            self.bars.console.print(f"{minutes:3}:{seconds:02}  {event.tool}: {now}", highlight=False, soft_wrap=True)
