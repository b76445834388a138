"""What the exporter keeps of reference data: how each column is sorted into bins, and how many rows are in each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np  # pyright: ignore[reportMissingImports]
import pandas as pd  # pyright: ignore[reportMissingImports]

from workloads.drift.bins import Bins, chosen

HOURS = 7 * 24
"""Hours of a week, Monday first, in UTC."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the reference.

    Attributes:
        bins: Its bins, chosen from the first half of the rows.
        counts: Rows of the second half, by hour of the week and bin; one line if the reference has no time.
        missing: Share of its values that are missing.
        known: Share of the second half's values that the first half knows.
    """

    bins: Bins
    counts: np.ndarray
    missing: float
    known: float

    def expected(self, mix: Sequence[float]) -> tuple[np.ndarray, float]:
        """Shares of the bins for a mix of the hours, and the rows that they are worth.

        Args:
            mix: Share of each hour, the sum 1; 0 for hours that the reference lacks.

        Returns:
            The shares, and the effective sample size of the weighted rows (Kish, Survey Sampling, section 11.7).
        """
        rows, share = self.counts.sum(axis=1), np.asarray(mix)
        seen = (rows > 0) & (share > 0)
        if not seen.any():
            return np.zeros(self.counts.shape[1]), 0.0
        share = share[seen] / share[seen].sum()
        return share @ (self.counts[seen] / rows[seen, None]), float(1 / (share**2 / rows[seen]).sum())


@dataclass(frozen=True)
class Profile:
    """A reference: its columns, and which hours of the week it has rows of.

    Attributes:
        name: Key of the object that it was read from.
        columns: Name to column; a column of which everything is missing is left out.
        hours: Whether there are rows of each hour of the week; one entry if the reference has no time.
    """

    name: str
    columns: dict[str, Column]
    hours: np.ndarray


def profile(name: str, reference: "pd.DataFrame", time: str | None = None) -> Profile:
    """The profile of rows in random order.

    One half chooses the bins and the other is counted: values that are the most frequent ones of a sample by chance are
    less frequent in every other sample, which would look like drift in columns of many values.

    Args:
        name: What identifies the reference.
        reference: The rows.
        time: Column with the time of a row, which is then no column to compare. Default: none.

    Raises:
        ValueError: There are too few rows, or no such column, or it has no times.
    """
    if len(reference) < 2:
        raise ValueError(f"{name} has {len(reference)} rows; needed: some thousand")
    hours = np.zeros(len(reference), int)
    if time is not None:
        if time not in reference:
            raise ValueError(f"{name} has no column {time!r}, which is its time; its columns: {', '.join(reference)}")
        stamps = pd.to_datetime(reference.pop(time), utc=True, errors="coerce", format="ISO8601")
        reference, stamps = reference[stamps.notna()], stamps[stamps.notna()]
        if len(reference) < 2:
            raise ValueError(
                f"{name} has no times in its column {time!r}; needed: ISO 8601, such as 2026-08-01T10:00:00Z"
            )
        hours = hour_of_week(stamps)
    lines = HOURS if time else 1
    half = len(reference) // 2
    columns = {}
    for column in reference:
        values = reference[column]
        if bins := chosen(values.iloc[:half]):
            codes, is_known = bins.sorted(values)
            counted = (codes >= 0) & (np.arange(len(values)) >= half)
            counts = np.zeros((lines, len(bins.names)))
            np.add.at(counts, (hours[counted], codes[counted]), 1)
            known = int((is_known & counted).sum()) / max(int(counted.sum()), 1)
            columns[str(column)] = Column(bins, counts, float((codes < 0).mean()), known)
    return Profile(name, columns, np.bincount(hours, minlength=lines) > 0)


def hour_of_week(times: "pd.Series") -> np.ndarray:
    """Hours of the week of times in UTC, 0 to 167."""
    return (times.dt.weekday * 24 + times.dt.hour).to_numpy(int)
