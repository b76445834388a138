"""The clock of the emulated account, which tests move: retention, vault locks and deletion windows end by it."""

import datetime
import os
import sys
from collections.abc import Callable
from pathlib import Path

VARIABLE = "MLP_SANDBOX_CLOCK"
"""Variable of the account's process: the path of `FILE`."""
FILE = "clock"
"""File of a place with the days that the account's clock is ahead; without it the clock is right."""


def moved(now: Callable[[], datetime.datetime], file: Path) -> Callable[[], datetime.datetime]:
    """A clock that is ahead of another one by the days in a file, which is read each time."""

    def ahead() -> datetime.datetime:
        try:
            return now() + datetime.timedelta(days=float(file.read_text()))
        except (FileNotFoundError, ValueError):
            return now()

    return ahead


def install() -> None:
    """Have every module of moto, loaded or not yet, read the moved clock."""
    import moto.core.utils  # half a second, which only the account's process needs

    if not (path := os.environ.get(VARIABLE)):
        return
    right = moto.core.utils.utcnow
    ahead = moved(right, Path(path))
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.") and getattr(module, "utcnow", None) is right:
            vars(module)["utcnow"] = ahead
