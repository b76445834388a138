"""What the reference model server adds to MLServer: what it predicted and what it kept of it."""

from monitoring.label import SERVED, known, named
from monitoring.metric import Emitter, floats

EMITTER = Emitter(
    name="ml-platform-serving",
    version="0.1.0",
    target_labels=SERVED,
    source="workloads/serving",
)

METRICS = (
    EMITTER.histogram(
        "ml_platform_prediction_value",
        "as the output",
        "values predicted",
        named("output", "predict_proba"),
        bounds=floats(*(number / 10 for number in range(1, 11))),
    ),
    EMITTER.counter("ml_platform_predictions_captured_total", "requests", "requests that the capture stream took"),
    EMITTER.counter(
        "ml_platform_predictions_dropped_total",
        "requests",
        "requests chosen for capture and not captured",
        known("reason", "queue-full", "too-large", "unreadable", "refused", source="workloads/serving/capture.py"),
    ),
)
