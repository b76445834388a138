"""The drift exporter: its last verdict on each version of each model, and when that was."""

from monitoring.metric import Emitter, Kind, Metric

EMITTER = Emitter(
    name="drift_job",
    version="0.1.0",
    # Its own labels say which model; scraped with honorLabels.
    target_labels=("namespace", "pod", "service"),
    source="workloads/drift/gauges.py, scraped, /metrics",
)
_LABELS = ("model", "version")


def _gauge(name: str, unit: str, help_: str) -> Metric:
    return Metric(name=name, kind=Kind.GAUGE, unit=unit, labels=_LABELS, help=help_, emitter=EMITTER)


METRICS = (
    _gauge("ml_platform_drift_share", "ratio", "share of the columns that drifted; none without a verdict"),
    _gauge("ml_platform_drift_detected", "bool", "1: the share reached the threshold; none without a verdict"),
    _gauge("ml_platform_drift_last_run_timestamp_seconds", "seconds", "when the last run ended that did not fail"),
    _gauge("ml_platform_drift_rows", "rows", "predictions in the window that was judged"),
    _gauge("ml_platform_data_quality_failed_share", "ratio", "share of the data quality checks that failed"),
    _gauge("ml_platform_ground_truth_last_timestamp_seconds", "seconds", "when the newest true outcome arrived"),
)
