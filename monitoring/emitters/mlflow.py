"""The MLflow server with `--expose-prometheus`."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="mlflow",
    version="3.17.2",
    target_labels=TARGET,
    source="prometheus-flask-exporter with the prefix mlflow",
)

METRICS = (
    EMITTER.counter("mlflow_http_request_total", "requests", "requests answered", "method", "status"),
    EMITTER.histogram(
        "mlflow_http_request_duration_seconds",
        "seconds",
        "time from a request to its answer",
        "method",
        "path",
        "status",
    ),
)
