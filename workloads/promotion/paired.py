"""Compares two versions of a model on the same rows: the difference of a metric, and how far chance explains it."""

import csv
import io
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Z = 2.5758293035489004
"""Standard errors on either side of a 99 % interval."""
MIN_ROWS = 100
"""Rows below which the normal approximation of the interval is not used, and rows of each class for `auc`."""
COLUMNS = ("id", "label", "prediction")


class EvaluationError(Exception):
    """An evaluation cannot be used; the text says why."""


class Row(NamedTuple):
    """A row of an evaluation: what was true, and what the model said."""

    label: float
    prediction: float


class Decision(StrEnum):
    """What the interval of a difference says."""

    BETTER = "better"
    NO_DIFFERENCE = "no difference"
    WORSE = "worse"


@dataclass(frozen=True)
class Difference:
    """By how much a candidate is better than the champion, with a 99 % interval; less than 0 is worse.

    Attributes:
        value: The difference on the rows of the evaluation.
        low: Lower end of the interval.
        high: Upper end of the interval.
        rows: Rows that both have.
    """

    value: float
    low: float
    high: float
    rows: int

    @property
    def decision(self) -> Decision:
        """What the interval says: there is no difference if it holds 0."""
        if self.low > 0:
            return Decision.BETTER
        return Decision.WORSE if self.high < 0 else Decision.NO_DIFFERENCE


def read(text: str) -> dict[str, Row]:
    """The rows of an evaluation, a CSV file with the columns id, label and prediction.

    Raises:
        EvaluationError: A column is missing, an id occurs twice, or a value is no number.
    """
    found: dict[str, Row] = {}
    reader = csv.DictReader(io.StringIO(text))
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise EvaluationError(f"column {', '.join(missing)} is missing; needed: {', '.join(COLUMNS)}")
    for number, row in enumerate(reader, 2):
        try:
            values = Row(float(row["label"]), float(row["prediction"]))
        except (TypeError, ValueError):
            raise EvaluationError(f"line {number}: label and prediction must be numbers") from None
        if not all(map(math.isfinite, values)) or row["id"] in found:
            raise EvaluationError(f"line {number}: {'the id occurs twice' if row['id'] in found else 'a value is NaN'}")
        found[row["id"]] = values
    return found


def difference(metric: str, candidate: Mapping[str, Row], champion: Mapping[str, Row]) -> Difference:
    """By how much the candidate is better than the champion.

    Args:
        metric: One of METRICS.
        candidate: Its rows, by id.
        champion: Its rows; ids and labels must be those of the candidate.

    Raises:
        EvaluationError: The rows are not the same, or too few.
    """
    if candidate.keys() != champion.keys():
        different = len(candidate.keys() ^ champion.keys())
        raise EvaluationError(
            f"{different} rows are in only one of the two evaluations: evaluate both on the same rows"
        )
    ids = sorted(candidate)
    labels = [candidate[one].label for one in ids]
    if labels != [champion[one].label for one in ids]:
        raise EvaluationError("the labels of the two evaluations differ: evaluate both on the same rows")
    if len(ids) < MIN_ROWS:
        raise EvaluationError(f"{len(ids)} rows; allowed: {MIN_ROWS} at least")
    ours, theirs = ([rows[one].prediction for one in ids] for rows in (candidate, champion))
    value, variance = _auc(labels, ours, theirs) if metric == AUC else _mean(LOSSES[metric], labels, ours, theirs)
    width = Z * math.sqrt(variance)
    return Difference(value, value - width, value + width, len(ids))


def _mean(
    loss: Callable[[float, float], float], labels: Sequence[float], ours: Sequence[float], theirs: Sequence[float]
) -> tuple[float, float]:
    """Mean of the paired differences of a loss, and its variance: the paired z-test."""
    gains = [loss(label, b) - loss(label, a) for label, a, b in zip(labels, ours, theirs, strict=True)]
    mean = math.fsum(gains) / len(gains)
    spread = math.fsum((one - mean) ** 2 for one in gains) / (len(gains) - 1)
    return mean, spread / len(gains)


def _auc(labels: Sequence[float], ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float]:
    """Difference of two areas under the ROC curve on the same rows, and its variance.

    E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson: Comparing the areas under two or more correlated receiver
    operating characteristic curves. Biometrics 44 (1988).
    """
    positives = [number for number, label in enumerate(labels) if label > 0]
    negatives = [number for number, label in enumerate(labels) if label <= 0]
    if min(len(positives), len(negatives)) < MIN_ROWS:
        raise EvaluationError(
            f"{len(positives)} rows of the positive class and {len(negatives)} others; allowed: {MIN_ROWS} of each"
        )
    value, variance = 0.0, 0.0
    parts = [_placements(scores, positives, negatives) for scores in (ours, theirs)]
    for mine, other in zip(*parts, strict=True):
        gains = [a - b for a, b in zip(mine, other, strict=True)]
        value = math.fsum(gains) / len(gains)  # the same for positives and negatives
        variance += math.fsum((one - value) ** 2 for one in gains) / (len(gains) - 1) / len(gains)
    return value, variance


def _placements(
    scores: Sequence[float], positives: Sequence[int], negatives: Sequence[int]
) -> tuple[list[float], list[float]]:
    """For each positive the share of negatives that it outranks, and for each negative of positives that outrank it."""
    above, below = [scores[one] for one in positives], [scores[one] for one in negatives]
    highs, lows = sorted(above), sorted(below)
    return (
        [(bisect_left(lows, one) + bisect_right(lows, one)) / 2 / len(lows) for one in above],
        [1 - (bisect_left(highs, one) + bisect_right(highs, one)) / 2 / len(highs) for one in below],
    )


def _log_loss(label: float, prediction: float) -> float:
    share = min(max(prediction, 1e-15), 1 - 1e-15)
    return -math.log(share if label > 0 else 1 - share)


AUC = "auc"
LOSSES: Mapping[str, Callable[[float, float], float]] = {
    "accuracy": lambda label, prediction: float((prediction >= 0.5) != (label > 0)),
    "brier": lambda label, prediction: (prediction - label) ** 2,
    "log_loss": _log_loss,
    "mae": lambda label, prediction: abs(prediction - label),
    "mse": lambda label, prediction: (prediction - label) ** 2,
}
"""Metrics that are means over rows, as losses: less is better."""
METRICS = (AUC, *LOSSES)
"""Metrics that can be compared row by row."""
