"""What the platform's runtime class adds to MLServer: prediction values, and how many of them were captured."""

from monitoring.metric import Emitter, Kind, Metric

EMITTER = Emitter(
    name="reference_server",
    version="0.1.0",
    target_labels=("namespace", "pod", "service", "model", "version"),
    source="workloads/serving/meters.py, scraped, /metrics",
)

METRICS = (
    Metric(
        name="ml_platform_prediction_value",
        kind=Kind.HISTOGRAM,
        unit="ratio",
        labels=("output",),
        help="values that the model answered, by output; buckets 0.1 to 1.0",
        emitter=EMITTER,
    ),
    Metric(
        name="ml_platform_predictions_captured_total",
        kind=Kind.COUNTER,
        unit="requests",
        help="requests with their answers that the capture stream took",
        emitter=EMITTER,
    ),
    Metric(
        name="ml_platform_predictions_dropped_total",
        kind=Kind.COUNTER,
        unit="requests",
        labels=("reason",),
        help="requests chosen for capture that were not: queue-full, too-large, unreadable, refused",
        emitter=EMITTER,
    ),
)
