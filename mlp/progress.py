"""Shows how far the engine is: a line that moves on a terminal, a line at the start elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def steps(console: Console, doing: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A function to call with the number of resources done."""
    if not console.is_terminal:
        console.print(f"{doing} ...")
        yield lambda done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda done: bar.update(task, completed=done)
