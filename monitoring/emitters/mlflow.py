"""The MLflow server with `--expose-prometheus`."""

from monitoring.label import TARGET, formed, known, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="mlflow",
    version="3.17.2",
    target_labels=TARGET,
    source="scraped, /metrics; it wants credentials, and the package prometheus-flask-exporter",
)
_METHOD = known(
    "method",
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"),
    examples=("GET",),
    source="RFC 9110, 9.1",
)
_STATUS = formed("status", r"[1-5][0-9]{2}", "200", "404", "500")

METRICS = (
    EMITTER.counter("mlflow_http_request_total", "requests", "requests answered", _METHOD, _STATUS),
    EMITTER.histogram(
        "mlflow_http_request_duration_seconds",
        "seconds",
        "time from a request to its answer",
        _METHOD,
        named("mlflow_version", "3.17.2"),
        _STATUS,
    ),
)
