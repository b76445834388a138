"""Coroutines in tests."""

import asyncio
from collections.abc import Coroutine
from typing import Any


def wait(answer: Coroutine[Any, Any, Any]) -> Any:
    """The answer, on a loop of its own: `asyncio.run` takes away the loop that other tests of the process share."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(answer)
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
