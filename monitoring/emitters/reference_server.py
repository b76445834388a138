"""What the reference model server adds to MLServer: what it predicted and what it kept of it."""

from monitoring.metric import SERVED, Emitter

EMITTER = Emitter(
    name="ml-platform-serving",
    version="0.1.0",
    target_labels=SERVED,
    source="workloads/serving",
)

METRICS = (
    EMITTER.histogram(
        "ml_platform_prediction_value", "as the output", "values predicted, in buckets 0.1 to 1.0", "output"
    ),
    EMITTER.counter("ml_platform_predictions_captured_total", "requests", "requests that the capture stream took"),
    EMITTER.counter(
        "ml_platform_predictions_dropped_total",
        "requests",
        "requests chosen for capture and not captured: queue-full, too-large, unreadable, refused",
        "reason",
    ),
)
