"""Ends a pack with the engine that started it: an engine that is killed says nothing any more."""

import os
import threading
import time


def end_with_parent() -> None:
    """Watch the parent of this process from now on, and end once it is gone."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)
