"""Shows how far an operation is: a bar on a terminal, elsewhere a line every ten seconds."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

INTERVAL = 10  # seconds between two lines where there is no terminal


@contextmanager
def steps(console: Console, doing: str, total: int = 0, things: str = "resources") -> Iterator[Callable[[int], None]]:
    """A function to call with the number of things done.

    Args:
        console: Where it is shown.
        doing: What is done, such as `updating`.
        total: How many things there are; 0 if that is unknown. It grows when more are done.
        things: What is counted.
    """
    with (_bar if console.is_terminal else _lines)(console, doing, total, things) as step:
        yield step


@contextmanager
def _lines(console: Console, doing: str, total: int, things: str) -> Iterator[Callable[[int], None]]:
    started, ended, done = time.monotonic(), threading.Event(), 0

    def step(now: int) -> None:
        nonlocal done
        done = now

    def say() -> None:
        while not ended.wait(INTERVAL):
            count = f"{done} of {max(total, done)} {things}" if total else f"{done} {things}"
            console.print(f"{doing}: {count}, {time.monotonic() - started:.0f} s", highlight=False, soft_wrap=True)

    console.print(f"{doing} ...", highlight=False)
    # What is done may take long without a word; the lines show that it goes on.
    speaker = threading.Thread(target=say, daemon=True)
    speaker.start()
    try:
        yield step
    finally:
        ended.set()
        speaker.join()


@contextmanager
def _bar(console: Console, doing: str, total: int, things: str) -> Iterator[Callable[[int], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(things),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=total or None)
        yield lambda done: bar.update(task, completed=done, total=max(total, done) if total else None)
