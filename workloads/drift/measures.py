"""How good predictions were, of which the true outcome is known: measures with their intervals, as plain functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np  # pyright: ignore[reportMissingImports]
from sklearn.metrics import (  # pyright: ignore[reportMissingImports]
    brier_score_loss,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)

from workloads.drift.models import Kind

DRAWS = 200
"""Samples that an interval is taken from."""
BINS = 10
"""Bins of the expected calibration error."""
LEAST = 10
"""Rows of each class, or of a number of any value, without which nothing is measured."""


Measure = Callable[[np.ndarray, np.ndarray, np.ndarray], float]
"""From outcomes, predictions and weights of rows to a figure."""


@dataclass(frozen=True)
class Figure:
    """A figure with the ends of its interval of 95 %."""

    value: float
    low: float
    high: float


def calibration_error(truth: np.ndarray, prediction: np.ndarray, weight: np.ndarray) -> float:
    """Expected calibration error, 0 to 1, over bins of equal count.

    Source: Naeini, Cooper and Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.
    """
    edges = np.unique(np.quantile(prediction, np.arange(1, BINS) / BINS))
    bins = np.searchsorted(edges, prediction, side="right")
    gaps = np.bincount(bins, weight * (truth - prediction), minlength=len(edges) + 1)
    return float(np.abs(gaps).sum() / weight.sum())


MEASURES: Mapping[Kind, Mapping[str, Measure]] = {
    Kind.CLASSIFIER: {
        "auc": lambda truth, prediction, weight: float(roc_auc_score(truth, prediction, sample_weight=weight)),
        "brier": lambda truth, prediction, weight: float(brier_score_loss(truth, prediction, sample_weight=weight)),
        "calibration_error": calibration_error,
        "error": lambda truth, prediction, weight: float(np.average((prediction >= 0.5) != truth, weights=weight)),
    },
    Kind.REGRESSION: {
        "r2": lambda truth, prediction, weight: float(r2_score(truth, prediction, sample_weight=weight)),
        "absolute_error": lambda truth, prediction, weight: float(
            mean_absolute_error(truth, prediction, sample_weight=weight)
        ),
    },
}
"""Kind of model to its measures; the first is the one whose fall asks for a retraining, more of it is better."""


def is_enough(kind: Kind, truth: np.ndarray) -> bool:
    """Whether there are rows enough to measure."""
    counts = np.bincount(truth.astype(int), minlength=2) if kind is Kind.CLASSIFIER else np.array([len(truth)])
    return bool(counts.min() >= LEAST)


def measured(
    measure: Measure, truth: np.ndarray, prediction: np.ndarray, request: np.ndarray, rng: np.random.Generator
) -> Figure:
    """A figure with its interval of 95 %.

    A Bayesian bootstrap of requests, whose rows are not independent. Each request gets a random weight, so that no
    sample lacks a class (Rubin, The Bayesian Bootstrap, Annals of Statistics 9, 1981).

    Args:
        measure: What is measured.
        truth: True outcomes.
        prediction: What was predicted.
        request: Number of each row's request, from 0.
        rng: Where chance comes from.
    """
    return _figure(lambda weight: measure(truth, prediction, weight), request, rng)


def difference(
    measure: Measure,
    inside: np.ndarray,
    truth: np.ndarray,
    prediction: np.ndarray,
    request: np.ndarray,
    rng: np.random.Generator,
) -> Figure:
    """A figure of some rows less that of all others, with its interval as in `measured`.

    Args:
        measure: What is measured.
        inside: Whether each row is one of them.
        truth: True outcomes.
        prediction: What was predicted.
        request: Number of each row's request, from 0.
        rng: Where chance comes from.
    """

    def gap(weight: np.ndarray) -> float:
        own, others = (measure(truth[side], prediction[side], weight[side]) for side in (inside, ~inside))
        return own - others

    return _figure(gap, request, rng)


def estimated(prediction: np.ndarray) -> dict[str, float]:
    """What measures of a classifier would be if its probabilities were right, for predictions without an outcome.

    Confidence-based estimation: each row counts as positive with its probability and as negative with the rest of it.
    It cannot see that the relation of inputs and outcomes has changed. Source: Guillory et al., Predicting with
    Confidence on Unseen Distributions, ICCV 2021; NannyML calls it CBPE.
    """
    truth = np.repeat([1, 0], len(prediction))
    weight = np.concatenate([prediction, 1 - prediction])
    chosen = MEASURES[Kind.CLASSIFIER]
    twice = np.concatenate([prediction, prediction])
    return {name: chosen[name](truth, twice, weight) for name in ("auc", "brier", "error")}


def _figure(figure: Callable[[np.ndarray], float], request: np.ndarray, rng: np.random.Generator) -> Figure:
    count = int(request.max()) + 1
    draws = [figure(rng.exponential(size=count)[request]) for _ in range(DRAWS)]
    low, high = np.quantile(draws, (0.025, 0.975))
    return Figure(figure(np.ones(len(request))), float(low), float(high))
