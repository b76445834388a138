"""The reference model server, MLServer: it speaks the Open Inference Protocol."""

from monitoring.metric import Emitter

EMITTER = Emitter(
    name="mlserver",
    version="1.7.1",
    target_labels=("namespace", "pod", "service", "model", "version"),
    source="scraped, /metrics",
)
_REQUEST = ("app_name", "method", "path", "status_code")

METRICS = (
    EMITTER.counter("rest_server_requests_total", "requests", "requests answered", *_REQUEST),
    EMITTER.histogram(
        "rest_server_request_duration_seconds", "seconds", "time from a request to its answer", *_REQUEST
    ),
    EMITTER.gauge("rest_server_requests_in_progress", "requests", "requests being worked at", "app_name", "method"),
)
