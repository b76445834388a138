"""The MLflow server with `--expose-prometheus`."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="mlflow",
    version="3.17.2",
    target_labels=TARGET,
    source="scraped, /metrics; it wants credentials, and the package prometheus-flask-exporter",
)

METRICS = (
    EMITTER.counter("mlflow_http_request_total", "requests", "requests answered", "method", "status"),
    EMITTER.histogram(
        "mlflow_http_request_duration_seconds",
        "seconds",
        "time from a request to its answer",
        "method",
        "mlflow_version",
        "status",
    ),
)
