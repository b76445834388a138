"""The reference model server, MLServer: it speaks the Open Inference Protocol."""

from monitoring.metric import Emitter, Kind, Metric

EMITTER = Emitter(
    name="mlserver",
    version="1.7.1",
    target_labels=("namespace", "pod", "service", "model", "version"),
    source="scraped, /metrics",
)
_REQUEST = ("app_name", "method", "path", "status_code")

METRICS = (
    Metric(
        name="rest_server_requests_total",
        kind=Kind.COUNTER,
        unit="requests",
        labels=_REQUEST,
        help="requests answered",
        emitter=EMITTER,
    ),
    Metric(
        name="rest_server_request_duration_seconds",
        kind=Kind.HISTOGRAM,
        unit="seconds",
        labels=_REQUEST,
        help="time from a request to its answer",
        emitter=EMITTER,
    ),
    Metric(
        name="rest_server_requests_in_progress",
        kind=Kind.GAUGE,
        unit="requests",
        labels=("app_name", "method"),
        help="requests being worked at",
        emitter=EMITTER,
    ),
)
