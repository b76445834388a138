"""How often drift is found in windows that have not changed, and in those that have; run by the workloads' Python.

Prints a JSON object of experiment to what was counted. References and windows are drawn anew, with fixed seeds.
"""

import json
from collections import Counter
from collections.abc import Callable

import numpy as np  # pyright: ignore[reportMissingImports]
import pandas as pd  # pyright: ignore[reportMissingImports]

from workloads.drift.judge import Rule, judge
from workloads.drift.profile import HOURS, profile

REFERENCES, WINDOWS, REFERENCE_ROWS, ROWS = 10, 25, 8000, 500
Draw = Callable[[np.random.Generator, int], np.ndarray]


def levels(count: int, falling: float = 0) -> Draw:
    """Text values; their frequencies fall with a power of the rank (Zipf), or are all the same."""
    shares = np.arange(1.0, count + 1) ** -falling
    names = np.array([f"value {number}" for number in range(count)], dtype=object)
    return lambda rng, rows: rng.choice(names, rows, p=shares / shares.sum())


def words(*found: str) -> Draw:
    others, values = len(found) - 1, np.array(found, dtype=object)
    return lambda rng, rows: rng.choice(values, rows, p=[0.7, *[0.3 / others] * others])


def both(draw: Draw) -> tuple[Draw, Draw]:
    return draw, draw


COLUMNS: dict[str, tuple[Draw, Draw]] = {
    "2 levels": both(levels(2)),
    "80 levels": both(levels(80)),
    "300 levels": both(levels(300)),
    "300 levels, Zipf": both(levels(300, 1)),
    "10,000 levels": both(levels(10_000)),
    "normal": both(lambda rng, rows: rng.normal(50, 10, rows)),
    "heavy tail": both(lambda rng, rows: rng.lognormal(3, 2, rows)),
    "mostly zero": both(lambda rng, rows: rng.exponential(9, rows) * (rng.random(rows) < 0.2)),
    "counts": both(lambda rng, rows: rng.poisson(1.5, rows)),
    "rare": both(lambda rng, rows: rng.random(rows) < 0.01),
    "constant": both(lambda rng, rows: np.full(rows, "eur")),
    "half missing": both(lambda rng, rows: np.where(rng.random(rows) < 0.5, np.nan, rng.normal(0, 1, rows))),
    "empty": both(lambda rng, rows: np.full(rows, None)),
    # The reference has them as CSV and Parquet do, the window as JSON does.
    "boolean": (words("True", "False"), lambda rng, rows: rng.random(rows) < 0.7),
    "text codes": (words("1.0", "2.0", "7.0"), lambda rng, rows: words("1", "2", "7")(rng, rows)),
    "number codes": (words("1.0", "2.0", "7.0"), lambda rng, rows: words("1", "2", "7")(rng, rows).astype(int)),
}


def frame(rng: np.random.Generator, rows: int, side: int, names: list[str]) -> "pd.DataFrame":
    return pd.DataFrame({name: pd.Series(COLUMNS[name][side](rng, rows), dtype=object) for name in names})


def unchanged(rule: Rule) -> dict[str, int]:
    """Windows in which each column has drifted, `detected` those with drift, and `failed` those with a failed check."""
    rng, found = np.random.default_rng(1), Counter(dict.fromkeys(["detected", "failed"], 0))
    for _ in range(REFERENCES):
        reference = profile("reference", frame(rng, REFERENCE_ROWS, 0, [*COLUMNS]))
        for _ in range(WINDOWS):
            verdict = judge(frame(rng, ROWS, 1, [*COLUMNS]), np.zeros(ROWS, int), reference, rule)
            found.update(verdict.drifted)
            found["detected"] += bool(verdict.detected)
            found["failed"] += bool(verdict.failed)
    return dict(found)


def shifted(name: str, move: Callable[[np.random.Generator, np.ndarray, float], np.ndarray], rule: Rule) -> list[float]:
    """The smallest and the largest size of shift that is said to be found with 90 %, and the share that was found."""
    rng, sizes, hits = np.random.default_rng([2, [*COLUMNS].index(name)]), [], 0
    for _ in range(REFERENCES):
        reference = profile("reference", frame(rng, REFERENCE_ROWS, 0, [name]))
        (as_it_was,) = judge(frame(rng, ROWS, 1, [name]), np.zeros(ROWS, int), reference, rule).columns
        assert as_it_was.bound.shift
        sizes.append(as_it_was.bound.shift)
        for _ in range(WINDOWS):
            moved = move(rng, COLUMNS[name][1](rng, ROWS), sizes[-1])
            window = pd.DataFrame({name: pd.Series(moved, dtype=object)})
            hits += bool(judge(window, np.zeros(ROWS, int), reference, rule).drifted)
    return [min(sizes), max(sizes), hits / (REFERENCES * WINDOWS)]


def flipped(rng: np.random.Generator, values: np.ndarray, size: float) -> np.ndarray:
    """So many of the rows go from true, which 70 % are, to false."""
    return values & (rng.random(len(values)) >= size / 0.7)


def weekly(rule: Rule) -> dict[str, list[str]]:
    """What drifts by the rhythm of a week alone, by how long the window is and whether the reference has times."""
    rng, start = np.random.default_rng(3), pd.Timestamp("2026-06-01", tz="UTC")  # a Monday
    found = {}
    times = start + pd.to_timedelta(np.sort(rng.integers(0, 28 * 24 * 3600, 40_000)), unit="s")
    hours = np.asarray(times.weekday * 24 + times.hour)
    table = pd.DataFrame({"at": times.astype(str), "amount": _amounts(rng, hours)}).sample(frac=1, random_state=1)
    for kind, time in (("without times", None), ("with times", "at")):
        columns = table if time else table[["amount"]]
        reference = profile("reference", columns.copy(), time)
        for days in (1, 7):
            drifted = []
            for first in range(0, 7, days):
                chosen = np.sort(rng.integers(24 * first, 24 * (first + days), 4000)) % HOURS
                window = pd.DataFrame({"amount": pd.Series(_amounts(rng, chosen), dtype=object)})
                drifted += judge(window, chosen, reference, rule).drifted
            found[f"{days} d {kind}"] = drifted
    return found


def _amounts(rng: np.random.Generator, hours: np.ndarray) -> np.ndarray:
    """Dearer by day than by night, and dearer still on Saturdays and Sundays."""
    return rng.lognormal(3 + 0.8 * np.sin(2 * np.pi * hours / 24) + 1.2 * (hours >= 5 * 24), 0.7)


def main() -> None:
    shipped = Rule(share=0.1, least=0.05, error=0.01 / 24, min_rows=100)
    # Five false alarms in a hundred windows of each column: often enough to be counted.
    often = Rule(share=0.1, least=0.0, error=0.05 * (len(COLUMNS) - 1), min_rows=100)
    alone = Rule(share=0.1, least=0.0, error=0.001, min_rows=100)
    found = {
        "shipped": unchanged(shipped),
        "often": unchanged(often),
        "power": {
            "normal": shifted("normal", lambda rng, values, size: values + 10 * size, alone),
            "heavy tail": shifted("heavy tail", lambda rng, values, size: values * np.exp(2 * size), alone),
            "boolean": shifted("boolean", flipped, alone),
        },
        "weekly": weekly(shipped),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
