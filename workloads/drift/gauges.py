"""The last verdicts as metrics; names and labels are those of `monitoring/emitters/drift_job.py`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.core import GaugeMetricFamily  # pyright: ignore[reportMissingImports]

from workloads.drift.judge import Compared, Verdict
from workloads.drift.quality import Quality

NONE = "none"
"""Version that a model has of which nothing was ever captured."""
COLUMNS = 100
"""Columns of a model that have series of their own, the first ones of its reference; the report has all of them."""


@dataclass(frozen=True)
class Run:
    """A run over a version that did not fail: when it was, what was found, and when the newest true outcome arrived."""

    ended: float
    verdict: Verdict
    truth: float | None = None
    quality: Quality | None = None


class Gauges:
    """What the exporter serves: for each version of a model the last run that did not fail, and nothing older."""

    def __init__(self) -> None:
        self.runs: dict[str, Mapping[str, Run]] = {}

    def collect(self) -> Iterator[Any]:
        """The metrics, as `prometheus_client` asks for them."""
        labels = ("model", "version")
        whole = {name: GaugeMetricFamily(name, text, labels=labels) for name, text in HELP.items()}
        each = {name: GaugeMetricFamily(name, text, labels=(*labels, "column")) for name, text in COLUMN_HELP.items()}
        good = {
            name: GaugeMetricFamily(name, text, labels=(*labels, *more)) for name, (text, *more) in QUALITY_HELP.items()
        }
        for model, runs in dict(self.runs).items():
            for version, run in runs.items():
                for name, value in _values(run):
                    if value is not None:
                        whole[name].add_metric((model, version), float(value))
                for column in run.verdict.columns[:COLUMNS]:
                    for name, value in _column(column):
                        each[name].add_metric((model, version, column.name), value)
                if run.quality:
                    for name, more, value in _quality(run.quality):
                        good[name].add_metric((model, version, *more), float(value))
        yield from (*whole.values(), *each.values(), *good.values())


HELP = {
    "ml_platform_drift_share": "Share of the columns that drifted",
    "ml_platform_drift_detected": "Whether the share reached the threshold",
    "ml_platform_drift_last_run_timestamp_seconds": "When the last run ended that did not fail",
    "ml_platform_drift_rows": "Predictions in the window that were judged",
    "ml_platform_data_quality_failed_share": "Share of the data quality checks that failed",
    "ml_platform_ground_truth_last_timestamp_seconds": "When the newest true outcome arrived",
}
COLUMN_HELP = {
    "ml_platform_drift_column_distance": "Jensen-Shannon distance of a column from the reference",
    "ml_platform_drift_column_limit": "Distance from which the column has drifted",
    "ml_platform_drift_column_detectable": "Distance of the reference from the smallest shift found with 90 %",
}

QUALITY_HELP = {
    "ml_platform_quality": ("Quality of predictions whose true outcome is known", "measure"),
    "ml_platform_quality_lower": ("Lower end of its interval of 95 %", "measure"),
    "ml_platform_quality_upper": ("Upper end of its interval of 95 %", "measure"),
    "ml_platform_quality_slice_difference": ("How much more it is in a slice than elsewhere", "measure", "slice"),
    "ml_platform_quality_slice_difference_lower": ("Lower end of its interval of 95 %", "measure", "slice"),
    "ml_platform_quality_slice_difference_upper": ("Upper end of its interval of 95 %", "measure", "slice"),
    "ml_platform_quality_estimate": ("Estimate, not a measurement, for predictions without a true outcome", "measure"),
    "ml_platform_quality_rows": ("Predictions whose true outcome is known",),
    "ml_platform_quality_labelled_share": ("Their share of those that are old enough to have one",),
    "ml_platform_quality_lost": ("Whether the first measure is certainly below what it must be at least",),
}
ENDS = {"": "value", "_lower": "low", "_upper": "high"}


def _values(run: Run) -> Iterator[tuple[str, float | None]]:
    verdict = run.verdict
    yield "ml_platform_drift_share", verdict.drift_share
    yield "ml_platform_drift_detected", verdict.detected
    yield "ml_platform_drift_last_run_timestamp_seconds", run.ended
    yield "ml_platform_drift_rows", verdict.rows
    yield "ml_platform_data_quality_failed_share", verdict.failed_share
    yield "ml_platform_ground_truth_last_timestamp_seconds", run.truth


def _column(column: Compared) -> Iterator[tuple[str, float]]:
    yield "ml_platform_drift_column_distance", column.distance
    yield "ml_platform_drift_column_limit", column.bound.limit
    if column.bound.detectable is not None:
        yield "ml_platform_drift_column_detectable", column.bound.detectable


def _quality(quality: Quality) -> Iterator[tuple[str, tuple[str, ...], float]]:
    """Name, labels beside model and version, and value."""
    for end, part in ENDS.items():
        for measure, figure in quality.figures.items():
            yield f"ml_platform_quality{end}", (measure,), getattr(figure, part)
        for name, figure in quality.slices.items():
            labels = (next(iter(quality.figures)), name)
            yield f"ml_platform_quality_slice_difference{end}", labels, getattr(figure, part)
    for measure, value in quality.estimates.items():
        yield "ml_platform_quality_estimate", (measure,), value
    yield "ml_platform_quality_rows", (), quality.rows
    if quality.labelled_share is not None:
        yield "ml_platform_quality_labelled_share", (), quality.labelled_share
    if quality.lost is not None:
        yield "ml_platform_quality_lost", (), quality.lost
