"""Corrections of the Pulumi SDK, where it costs every preview of a large program seconds."""

import asyncio
import atexit
import gc
import linecache
import os
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

CORRECTED = "3.272.0"
"""The version of the SDK that this was written for; any other one is left as it is."""


TURNS = 100
"""Turns of the event loop within which the SDK sends what waits for no other resource; more do no harm."""


class _Patient:
    """asyncio as `pulumi.runtime.stack` sees it, whose `wait` ends when everything is done or something has failed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def wait(self, tasks: Iterable[asyncio.Task[Any]], *, return_when: str) -> Any:
        return await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)


def hasten() -> None:
    """Do without what costs time and that nobody sees."""
    wait_for_outputs_once()
    keep_debug_messages()
    look_at_sources_once()
    gc.disable()  # the program makes what it keeps and ends: a fifth of its time, and no memory comes of it
    atexit.register(gc.freeze)  # nor at its end, where the interpreter looks through all of it once more


async def send() -> None:
    """Have the SDK send what the program has made so far.

    Otherwise it sends nothing before the program's last line, and the engine and its providers wait for a second.
    """
    for _ in range(TURNS):
        await asyncio.sleep(0)


def keep_debug_messages() -> None:
    """Send no debug messages, unless `PULUMI_OPTION_DEBUG` is set.

    The SDK sends several for every resource, each a call that the program waits for, and the engine drops them without
    `--debug`. It does not tell the program about that option; it does as the variable, which stands for it.
    """
    import pulumi.log

    if os.environ.get("PULUMI_OPTION_DEBUG") != "true":
        pulumi.log.debug = lambda *message, **about: None


def look_at_sources_once() -> None:
    """Do not look whether a source has changed since it was read.

    The SDK takes down the stack of every resource, and each time asks of every file on it: a fifth of what the program
    itself takes.
    """
    linecache.checkcache = lambda filename=None: None


def wait_for_outputs_once() -> None:
    """Have the SDK wait for all outstanding outputs together.

    At the end of a program it waits for the first of them to be done, puts the others back and begins again: for n
    outputs n² callbacks. With the outputs of 500 resources that is 6 s of a preview's 13. Nothing else changes: an
    output that fails is raised as before, and outputs that appear in the meantime are waited for next.
    """
    import pulumi.runtime.stack

    if version("pulumi") == CORRECTED:
        pulumi.runtime.stack.asyncio = _Patient()  # pyright: ignore
