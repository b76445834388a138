"""The reference model server, MLServer: it speaks the Open Inference Protocol."""

from monitoring.label import MODEL, NAMESPACE, POD, ROLE, SERVICE, VERSION, formed, known, named
from monitoring.metric import Emitter, floats

EMITTER = Emitter(
    name="mlserver",
    version="1.7.1",
    target_labels=(NAMESPACE, POD, SERVICE, MODEL, VERSION, ROLE),
    source="scraped, /metrics",
)
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
"""Seconds: buckets of prometheus_client, which starlette-exporter 0.24.0 leaves as they are."""
_APP = named("app_name", "mlserver")
_METHOD = known("method", *("GET", "HEAD", "POST", "PUT", "DELETE"), examples=("POST",), source="RFC 9110, 9.1")
_REQUEST = (
    _APP,
    _METHOD,
    formed("path", r"/.*", "/v2/models/fraud/infer", "/v2/models/fraud/ready", "/v2/health/live"),
    formed("status_code", r"[1-5][0-9]{2}", "200", "422", "429", "500"),
)

METRICS = (
    EMITTER.counter("rest_server_requests_total", "requests", "requests answered", *_REQUEST),
    EMITTER.histogram(
        "rest_server_request_duration_seconds",
        "seconds",
        "time from a request to its answer",
        *_REQUEST,
        bounds=floats(*BOUNDS),
    ),
    EMITTER.gauge("rest_server_requests_in_progress", "requests", "requests being worked at", _APP, _METHOD),
)
