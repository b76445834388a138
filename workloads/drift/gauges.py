"""The last verdicts as metrics; names and labels are those of `monitoring/emitters/drift_job.py`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client.core import GaugeMetricFamily  # pyright: ignore[reportMissingImports]

from workloads.drift.judge import Verdict

NONE = "none"
"""Version that a model has of which nothing was ever captured."""


@dataclass(frozen=True)
class Run:
    """A run over a model that did not fail: when it ended, what was found by version, and the newest true outcome."""

    ended: float
    verdicts: Mapping[str, Verdict]
    truth: float | None = None


class Gauges:
    """What the exporter serves: for each model the last run that did not fail, and nothing older."""

    def __init__(self) -> None:
        self.runs: dict[str, Run] = {}

    def collect(self) -> Iterator[Any]:
        """The metrics, as `prometheus_client` asks for them."""
        found = {name: GaugeMetricFamily(name, text, labels=("model", "version")) for name, text in HELP.items()}
        for model, run in dict(self.runs).items():
            for version, verdict in run.verdicts.items():
                for name, value in _values(run, verdict):
                    if value is not None:
                        found[name].add_metric((model, version), float(value))
        yield from found.values()


HELP = {
    "ml_platform_drift_share": "Share of the columns that drifted",
    "ml_platform_drift_detected": "Whether the share reached the threshold",
    "ml_platform_drift_last_run_timestamp_seconds": "When the last run ended that did not fail",
    "ml_platform_drift_rows": "Predictions in the window that was judged",
    "ml_platform_data_quality_failed_share": "Share of the data quality checks that failed",
    "ml_platform_ground_truth_last_timestamp_seconds": "When the newest true outcome arrived",
}


def _values(run: Run, verdict: Verdict) -> Iterator[tuple[str, float | None]]:
    yield "ml_platform_drift_share", verdict.drift_share
    yield "ml_platform_drift_detected", verdict.detected
    yield "ml_platform_drift_last_run_timestamp_seconds", run.ended
    yield "ml_platform_drift_rows", verdict.rows
    yield "ml_platform_data_quality_failed_share", verdict.failed_share
    yield "ml_platform_ground_truth_last_timestamp_seconds", run.truth
