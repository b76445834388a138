"""Whether captured predictions still look like the reference: a verdict for each column, and one of them all."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np  # pyright: ignore[reportMissingImports]
import pandas as pd  # pyright: ignore[reportMissingImports]
from scipy.stats import binom  # pyright: ignore[reportMissingImports]

from workloads.drift import chance
from workloads.drift.profile import Column, Profile

MARGIN = 0.05
"""Share of values that may be missing or unknown beyond the reference's own share."""
SEED = 7
"""The same window and reference always have the same verdict."""


@dataclass(frozen=True)
class Rule:
    """When a column has drifted, and when the model has.

    Attributes:
        share: Share of drifted columns that is drift, over 0 to 1.
        least: Distance that matters, 0 to 0.83, however certain a smaller one is.
        error: Probability that at least one column of an unchanged window is found to have drifted, over 0 to 1.
        min_rows: Rows below which there is no verdict.
    """

    share: float
    least: float
    error: float
    min_rows: int


@dataclass(frozen=True)
class Bound:
    """What a column of a window is compared with.

    Attributes:
        expected: The reference's shares of the bins.
        limit: Distance beyond which it has drifted.
        shift: Size of a shift that is found with 90 %, in `unit`; none if not even the largest is.
        unit: Standard deviations for numbers, on the scale of normal scores; else the share of rows that change value.
        detectable: Distance that such a shift makes; none likewise.
    """

    expected: tuple[float, ...]
    limit: float
    shift: float | None
    unit: str
    detectable: float | None


@dataclass(frozen=True)
class Compared:
    """A column of a window beside the reference's.

    Attributes:
        name: The column.
        rows: Rows of the window that have a value.
        distance: Jensen-Shannon distance of the two distributions, 0 to 0.83.
        bound: What it is compared with.
        bins: What is in each bin.
        found: The window's shares of the bins.
    """

    name: str
    rows: int
    distance: float
    bound: Bound
    bins: tuple[str, ...]
    found: tuple[float, ...]

    @property
    def drifted(self) -> bool:
        """Whether it has drifted."""
        return self.distance > self.bound.limit


@dataclass(frozen=True)
class Verdict:
    """What was found; nothing but the rows if they were too few."""

    rows: int
    columns: tuple[Compared, ...] = ()
    drift_share: float | None = None
    detected: bool | None = None
    failed_share: float | None = None
    failed: tuple[str, ...] = ()

    @property
    def drifted(self) -> tuple[str, ...]:
        """Names of the columns that have drifted."""
        return tuple(one.name for one in self.columns if one.drifted)


def judge(window: "pd.DataFrame", hours: np.ndarray, reference: Profile, rule: Rule) -> Verdict:
    """Compare a window with the reference.

    Args:
        window: Captured predictions; inputs and outputs are the columns. Columns that the reference lacks do not count.
        hours: Hour of the week of each row, 0 to 167.
        reference: What they are compared with; if it has times, with its rows of the same hours of the week.
        rule: When it is drift.
    """
    hours = hours if len(reference.hours) > 1 else np.zeros(len(window), int)
    window, hours = window[reference.hours[hours]], hours[reference.hours[hours]]
    if len(window) < max(rule.min_rows, 1):
        return Verdict(len(window))
    # Bonferroni's correction: it holds however the columns depend on each other.
    error = rule.error / max(len(reference.columns), 1)
    compared, failed, checks = [], [], 0
    for name, column in reference.columns.items():
        values = window[name] if name in window else pd.Series([None] * len(window), dtype=object)
        codes, known = column.bins.sorted(values)
        if not (codes >= 0).any():
            # It has no distribution that could have drifted.
            checks, failed = checks + 1, [*failed, f"{name}: nothing of it is there"]
            continue
        if one := _compared(name, column, codes, hours, rule.least, error):
            compared.append(one)
        checks += 2
        failed += [f"{name}: {text}" for text in _failed(column, codes, known, error)]
    share = sum(one.drifted for one in compared) / len(compared) if compared else None
    return Verdict(
        len(window),
        tuple(compared),
        share,
        None if share is None else share >= rule.share,
        len(failed) / checks if checks else None,
        tuple(failed),
    )


def _compared(
    name: str, column: Column, codes: np.ndarray, hours: np.ndarray, least: float, error: float
) -> Compared | None:
    """The column beside the reference's; none if the reference has no value of it at those hours."""
    there = codes >= 0
    rows = int(there.sum())
    mix = tuple(np.bincount(hours[there], minlength=len(column.counts)) / rows)
    if not (bound := _bound(column, mix, rows, least, error)):
        return None
    found = np.bincount(codes[there], minlength=len(bound.expected)) / rows
    away = float(chance.distance(found, np.array(bound.expected)))
    return Compared(name, rows, away, bound, tuple(column.bins.names), tuple(found.tolist()))


@lru_cache(1024)
def _bound(column: Column, mix: tuple[float, ...], rows: int, least: float, error: float) -> Bound | None:
    """What a column is compared with; the same for windows of equally many rows."""
    expected, worth = column.expected(mix)
    if not worth:
        return None
    limit = max(least, chance.limit(expected, rows, worth, error, np.random.default_rng(SEED)))
    bins = column.bins
    shift = chance.detectable(expected, rows, worth, limit, bins.shifted, bins.most(expected), SEED)
    away = None if shift is None else float(chance.distance(bins.shifted(expected, shift), expected))
    return Bound(tuple(expected.tolist()), limit, shift, bins.unit, away)


def _failed(column: Column, codes: np.ndarray, known: np.ndarray, error: float) -> Iterator[str]:
    """Checks of the data that fail, by more than chance explains."""
    rows, missing = len(codes), int((codes < 0).sum())
    given = rows - missing
    unknown = given - int(known.sum())
    for what, count, out_of, usual in (
        ("missing", missing, rows, column.missing),
        ("unknown", unknown, given, 1 - column.known),
    ):
        if binom.sf(count - 1, out_of, min(usual + MARGIN, 1)) < error:
            yield f"{count / out_of:.1%} {what}, {usual:.1%} in the reference"
