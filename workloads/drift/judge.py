"""Whether captured predictions still look like the reference data: Evidently's tests, and one verdict of them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# Before it is imported: it asks only then.
os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd  # pyright: ignore[reportMissingImports]
from evidently import DataDefinition, Dataset, Report  # pyright: ignore[reportMissingImports]
from evidently.metrics import (  # pyright: ignore[reportMissingImports]
    InListValueCount,
    InRangeValueCount,
    MissingValueCount,
)
from evidently.presets import DataDriftPreset  # pyright: ignore[reportMissingImports]
from evidently.tests import gte, lte  # pyright: ignore[reportMissingImports]

DISTANCE = 0.1
"""Distance of two distributions from which a column has drifted: Evidently's own default for both methods.

Distances and not p-values: with a million rows every p-value is small.
"""
KNOWN_SHARE, MISSING_MORE = 0.95, 0.05
"""Share of values that must be known from the reference, and share of missing ones beyond the reference's allowed."""


@dataclass(frozen=True)
class Verdict:
    """What was found; nothing but the rows if they were too few."""

    rows: int
    drift_share: float | None = None
    detected: bool | None = None
    failed_share: float | None = None
    drifted: tuple[str, ...] = ()


def judge(current: "pd.DataFrame", reference: "pd.DataFrame", threshold: float, min_rows: int) -> Verdict:
    """Compare a window with the reference.

    Args:
        current: Captured predictions; inputs and outputs are the columns.
        reference: The same columns as far as they are to be judged; others of `current` are left alone.
        threshold: Share of drifted columns that is drift, over 0 to 1.
        min_rows: Rows below which there is no verdict.
    """
    if len(current) < max(min_rows, 1):
        return Verdict(len(current))
    numbers = [
        name for name in reference if pd.api.types.is_numeric_dtype(reference[name]) and _is_plain(reference[name])
    ]
    kinds = [name for name in reference if name not in numbers]
    current = _alike(current, reference, numbers)
    # A column of which nothing is there is a failed check; it has no distribution that could have drifted.
    columns = [name for name in reference if current[name].notna().any()]
    definition = DataDefinition(
        numerical_columns=[name for name in numbers if name in columns],
        categorical_columns=[name for name in kinds if name in columns],
    )
    checks: list[Any] = [*_checks(reference[columns], numbers)]
    if columns:
        checks.append(
            DataDriftPreset(
                columns=columns,
                drift_share=threshold,
                num_method="wasserstein",
                cat_method="jensenshannon",
                threshold=DISTANCE,
                include_tests=False,
            )
        )
    data = [Dataset.from_pandas(one[columns], data_definition=definition) for one in (current, reference)]
    found = Report(checks).run(*data).dict() if columns else {"metrics": [], "tests": []}
    drifted = tuple(_drifted(found["metrics"]))
    absent = len(reference.columns) - len(columns)
    failed = sum(one["status"] not in ("SUCCESS", "WARNING") for one in found["tests"])
    share = len(drifted) / len(columns) if columns else None
    return Verdict(
        len(current),
        share,
        None if share is None else share >= threshold,
        (failed + absent) / (len(found["tests"]) + absent),
        drifted,
    )


def _is_plain(column: "pd.Series") -> bool:
    return not pd.api.types.is_bool_dtype(column)


def _alike(current: "pd.DataFrame", reference: "pd.DataFrame", numbers: list[str]) -> "pd.DataFrame":
    """The reference's columns of a window, numbers as numbers; what is none of its kind is missing."""
    found = {}
    for name in reference:
        column = current[name] if name in current else pd.Series([None] * len(current))
        found[name] = pd.to_numeric(column, errors="coerce") if name in numbers else column.map(str, na_action="ignore")
        if name not in numbers:
            reference[name] = reference[name].map(str, na_action="ignore")
    return pd.DataFrame(found)


def _checks(reference: "pd.DataFrame", numbers: list[str]) -> Iterator[Any]:
    for name in reference:
        column = reference[name]
        yield MissingValueCount(column=name, share_tests=[lte(float(column.isna().mean()) + MISSING_MORE)])
        known = [gte(KNOWN_SHARE)]
        if name in numbers:
            low, high = float(column.min()), float(column.max())
            yield InRangeValueCount(column=name, left=low, right=high, share_tests=known)
        else:
            yield InListValueCount(column=name, values=sorted(column.dropna().unique()), share_tests=known)


def _drifted(metrics: list[dict[str, Any]]) -> Iterator[str]:
    for metric in metrics:
        if metric["config"]["type"].endswith(":ValueDrift") and float(metric["value"]) >= DISTANCE:
            yield metric["config"]["column"]
