"""Sorts the values of a column into a few bins, so that columns of every kind are compared in the same way."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np  # pyright: ignore[reportMissingImports]
import pandas as pd  # pyright: ignore[reportMissingImports]
from scipy.stats import norm  # pyright: ignore[reportMissingImports]

EQUAL = 10
"""Bins of a column of numbers, each with as many rows of the reference: a scale that heavy tails do not stretch."""
LEVELS = 20
"""Values of a column that are told apart, the most frequent ones. A column with no more has codes, not numbers."""


@dataclass(frozen=True)
class Numbers:
    """Bins of equal count for a column of numbers; what is no finite number is missing."""

    edges: np.ndarray
    low: float
    high: float

    unit = "standard deviations"

    @property
    def names(self) -> list[str]:
        """What is in each bin."""
        edges = [f"{edge:.6g}" for edge in self.edges]
        return [
            f"< {edges[0]}",
            *(f"{low} to {high}" for low, high in pairwise(edges)),
            f">= {edges[-1]}",
        ]

    def sorted(self, column: "pd.Series") -> tuple[np.ndarray, np.ndarray]:
        """The bin of each row, -1 where the value is missing, and whether it is within the reference's range."""
        values = numbers(column)
        codes = np.where(np.isnan(values), -1, np.searchsorted(self.edges, values, side="right"))
        return codes, (values >= self.low) & (values <= self.high)

    def shifted(self, shares: np.ndarray, size: float) -> np.ndarray:
        """Shares of the bins after every value has grown by `size` standard deviations of the normal scores."""
        below = norm.cdf(norm.ppf(np.cumsum(shares)[:-1]) - size)
        return np.diff(below, prepend=0.0, append=1.0)

    def most(self, shares: np.ndarray) -> float:
        """The largest `size` that is of interest."""
        return 5.0


@dataclass(frozen=True)
class Levels:
    """A bin for each of the most frequent values, one for the others that are known and one for those that are not."""

    top: tuple[str, ...]
    others: frozenset[str]

    unit = "share of rows"

    @property
    def names(self) -> list[str]:
        """What is in each bin."""
        return [*self.top, f"{len(self.others)} other known values", "unknown values"]

    def sorted(self, column: "pd.Series") -> tuple[np.ndarray, np.ndarray]:
        """The bin of each row, -1 where the value is missing, and whether it is a value that is known."""
        place, known = {value: number for number, value in enumerate(self.top)}, len(self.top)
        rows, values = factors(column)
        bins = [place.get(value, known if value in self.others else known + 1) for value in values]
        codes = np.array([*bins, -1])[rows]
        return codes, (codes >= 0) & (codes <= known)

    def shifted(self, shares: np.ndarray, size: float) -> np.ndarray:
        """Shares of the bins after `size` of the rows have moved from the largest bin to the next largest."""
        found, order = shares.copy(), np.argsort(shares)[::-1]
        found[order[0]] -= size
        found[order[1]] += size
        return found

    def most(self, shares: np.ndarray) -> float:
        """The largest `size` that there can be."""
        return float(shares.max())


Bins = Numbers | Levels


def chosen(column: "pd.Series") -> Bins | None:
    """Bins for a column of a reference; none if all of it is missing."""
    rows, values = factors(column)
    given, finite = int((rows >= 0).sum()), numbers(column)
    finite = finite[~np.isnan(finite)]
    if not given:
        return None
    if len(finite) == given and len(values) > LEVELS:
        return Numbers(_edges(finite), float(finite.min()), float(finite.max()))
    counts = np.bincount(rows[rows >= 0], minlength=len(values))
    falling = [values[place] for place in np.argsort(-counts, kind="stable")]
    return Levels(tuple(falling[:LEVELS]), frozenset(falling[LEVELS:]))


def _edges(values: np.ndarray) -> np.ndarray:
    """Edges of bins of equal count; a value that would fill several of them, such as 0, has one of its own."""
    edges, counts = np.unique(np.quantile(values, np.arange(1, EQUAL) / EQUAL, method="lower"), return_counts=True)
    distinct = np.unique(values)
    above = np.searchsorted(distinct, edges[counts > 1], side="right")
    return np.union1d(edges, distinct[above[above < len(distinct)]])


def numbers(column: "pd.Series") -> np.ndarray:
    """The values as finite numbers, NaN where one is none."""
    found = pd.to_numeric(column.astype(object), errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def factors(column: "pd.Series") -> tuple[np.ndarray, list[str]]:
    """The number of each row's value, -1 where it is missing, and the different values as texts in one form."""
    column = column.astype(object)
    try:
        given, values = pd.factorize(column)
    except TypeError:  # lists, such as a vector
        given, values = pd.factorize(column.map(str, na_action="ignore"))
    numbers, found = pd.factorize(np.array([*map(text, values), None], dtype=object))
    return numbers[given], [*found]


def number(value: Any) -> float | None:
    """A value as a finite number, if it is one."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def text(value: Any) -> str | None:
    """A value as text; CSV, Parquet and JSON write the same one as 1, "1.0" or true."""
    found = str(value).strip()
    if found.lower() in ("", "nan", "none", "nat", "<na>"):
        return None
    if found.lower() in ("true", "false"):
        return str(int(found.lower() == "true"))
    try:
        number = float(found)
    except ValueError:
        return found
    if not math.isfinite(number) or abs(number) >= 2**53:
        return found  # beyond that floats are not exact, and an identifier must stay what it is
    return str(int(number)) if number.is_integer() else repr(number)
