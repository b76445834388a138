"""Models that say how they were asked, each a class that a model server loads from a pickle."""

import os
import pickle
import time
from pathlib import Path
from typing import Any


def saved(model: Any, folder: Path) -> Path:
    folder.mkdir()
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    return folder


def _all(rows: Any, value: float) -> Any:
    import numpy as np

    return np.full(len(rows), float(value))


class Busy:
    """Computes for as many seconds as its first row says, in Python, and answers with that number."""

    def predict(self, rows: Any) -> Any:
        seconds, end = float(rows[0][0]), time.monotonic() + float(rows[0][0])
        while time.monotonic() < end:
            pass
        return _all(rows, seconds)


class Sleeping:
    """Waits for as many seconds as its first row says; answers with how many predictions it worked at with it."""

    working = 0

    def predict(self, rows: Any) -> Any:
        self.working += 1
        time.sleep(float(rows[0][0]))
        found = _all(rows, self.working)
        self.working -= 1
        return found


class Counting:
    """Answers with the number of rows that were asked together."""

    def predict(self, rows: Any) -> Any:
        return _all(rows, len(rows))


class Remembering:
    """Answers with how often it was asked before."""

    asked = 0

    def predict(self, rows: Any) -> Any:
        self.asked += 1
        return _all(rows, self.asked - 1)


class Threads:
    """Answers with the most threads that a library has for numbers, or joblib for parallel work."""

    def predict(self, rows: Any) -> Any:
        import joblib  # pyright: ignore[reportMissingImports]
        from threadpoolctl import threadpool_info  # pyright: ignore[reportMissingImports]

        libraries = [one["num_threads"] for one in threadpool_info()]
        assert libraries, os.environ
        return _all(rows, max(*libraries, joblib.cpu_count()))
