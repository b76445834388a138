"""How good the predictions of a version are, as soon as true outcomes are known, and an estimate until then."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np  # pyright: ignore[reportMissingImports]
import pandas as pd  # pyright: ignore[reportMissingImports]

from workloads.drift import measures, store, tables
from workloads.drift.bins import number, text
from workloads.drift.captures import Row
from workloads.drift.measures import MEASURES, Figure
from workloads.drift.models import Kind, Measured

log = logging.getLogger("drift")

READ_BYTES = 256 << 20
"""Bytes of files with true outcomes that are read at most, the newest first."""
LEVELS = 5
"""Values of a slice's column that are compared with the others, the most frequent ones."""
SEED = 7

Key = tuple[str, int]
"""Identifier of a request, and which of its rows."""


@dataclass(frozen=True)
class Quality:
    """What was found.

    Attributes:
        rows: Predictions with a true outcome.
        labelled_share: Their share of the predictions that are old enough to have one; none if there are none.
        figures: Measure to its figure; empty if there are too few rows.
        slices: `column=value` to how much better the first measure is there than elsewhere.
        estimates: Measure to its estimate for predictions without an outcome; only of a classifier.
        lost: Whether the first measure is certainly below what it must be at least; none if it was not measured.
    """

    rows: int
    labelled_share: float | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    slices: Mapping[str, Figure] = field(default_factory=dict)
    estimates: Mapping[str, float] = field(default_factory=dict)
    lost: bool | None = None


def outcomes(s3: Any, uri: str, wanted: set[Key], since: datetime, is_text: bool) -> dict[Key, str | float]:
    """True outcomes of predictions, out of the CSV and Parquet files below a URI; of several, that of the newest file.

    Args:
        s3: Client of S3.
        uri: `s3://` URI of the folder.
        wanted: The predictions.
        since: Files that were last written before it are not read: outcomes are known after their predictions.
        is_text: Whether outcomes are names of classes, and no numbers.

    Raises:
        ValueError: A file has no column `id` or `truth`.
    """
    bucket, _ = store.split(uri)
    found: dict[Key, str | float] = {}
    size, ids = 0, {one for one, _ in wanted}
    for file in tables.files(s3, uri):
        size += file["Size"]
        if file["LastModified"] < since:
            break
        if size > READ_BYTES:
            log.warning("%s: only %d bytes are read, the newest; delete outcomes that are older", uri, READ_BYTES)
            break
        for part in tables.parts(s3, bucket, file):
            if missing := {"id", "truth"} - {*part}:
                raise ValueError(
                    f"s3://{bucket}/{file['Key']} has no column {', '.join(sorted(missing))}; needed: id (of the"
                    " request) and truth; row (of the request, from 0) where requests have several"
                )
            chosen = part[part["id"].astype(str).isin(ids)]
            rows = chosen["row"].astype(int) if "row" in chosen else [0] * len(chosen)
            for one, row, truth in zip(chosen["id"].astype(str), rows, chosen["truth"], strict=True):
                value = text(truth) if is_text else number(truth)
                if value is not None and (one, row) in wanted:
                    found.setdefault((one, row), value)
    return found


def quality(rows: Sequence[Row], known: Mapping[Key, str | float], measured: Measured, now: datetime) -> Quality:
    """The quality of predictions.

    Args:
        rows: Captured predictions.
        known: True outcomes of some of them.
        measured: What is measured.
        now: Predictions that are younger than the delay before it have no complete outcomes yet.
    """
    values = ((row, number(row.outputs.get(measured.output))) for row in rows)
    predicted = {(row.id, row.number): (row, value) for row, value in values if value is not None}
    due = {key: row for key, (row, _) in predicted.items() if row.time <= now - timedelta(days=measured.delay_days)}
    labelled = [key for key in due if key in known]
    share = len(labelled) / len(due) if due else None
    rest = np.array([value for key, (_, value) in predicted.items() if key not in known or key not in due])
    estimates = dict(_estimates(measured.kind, rest))
    prediction = np.array([predicted[key][1] for key in labelled])
    truth = np.array([_outcome(measured, known[key]) for key in labelled])
    if not labelled or not measures.is_enough(measured.kind, truth):
        return Quality(len(labelled), share, estimates=estimates)
    _, request = np.unique([one for one, _ in labelled], return_inverse=True)
    rng = np.random.default_rng(SEED)
    figures = {
        name: measures.measured(measure, truth, prediction, request, rng)
        for name, measure in MEASURES[measured.kind].items()
    }
    first = next(iter(figures))
    slices = {}
    for name, inside in _slices(measured, [due[key] for key in labelled]):
        if all(measures.is_enough(measured.kind, truth[side]) for side in (inside, ~inside)):
            measure = MEASURES[measured.kind][first]
            slices[name] = measures.difference(measure, inside, truth, prediction, request, rng)
    return Quality(len(labelled), share, figures, slices, estimates, figures[first].high < measured.least)


def _outcome(measured: Measured, value: str | float) -> float:
    return float(value == text(measured.positive)) if measured.kind is Kind.CLASSIFIER else float(value)


def _estimates(kind: Kind, prediction: np.ndarray) -> Iterator[tuple[str, float]]:
    if kind is Kind.CLASSIFIER and len(prediction) >= measures.LEAST:
        if prediction.min() < 0 or prediction.max() > 1:
            log.warning("the output has values beyond 0 and 1: it is no probability, and nothing is estimated")
        elif 0 < prediction.mean() < 1:
            yield from measures.estimated(prediction).items()


def _slices(measured: Measured, rows: Sequence[Row]) -> Iterator[tuple[str, np.ndarray]]:
    """Name of each slice, and whether each row is in it."""
    for column in measured.slices:
        values = pd.Series([text(row.inputs.get(column)) for row in rows], dtype=object)
        for value in values.value_counts().index[:LEVELS]:
            yield f"{column}={value}", (values == value).to_numpy(bool)
