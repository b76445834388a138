"""External Secrets, which brings secrets into the cluster."""

from monitoring.label import NAME, NAMESPACE, TARGET, known
from monitoring.metric import Emitter

_SOURCE = "external-secrets/external-secrets v2.9.0"
EMITTER = Emitter(
    name="external-secrets",
    version="2.9.0",
    target_labels=TARGET,
    source=f"{_SOURCE}, pkg/controllers/externalsecret/esmetrics",
    heartbeat="externalsecret_status_condition",
)

METRICS = (
    EMITTER.gauge(
        "externalsecret_status_condition",
        "0 or 1",
        "a condition of a secret",
        NAME,
        NAMESPACE,
        known(
            "condition",
            *("Ready", "Deleted"),
            examples=("Ready",),
            source=f"{_SOURCE}, apis/externalsecrets/v1/externalsecret_types.go",
        ),
        known(
            "status",
            *("True", "False", "Unknown"),
            examples=("True", "False"),
            source=f"{_SOURCE}, pkg/controllers/externalsecret/esmetrics",
        ),
    ),
    EMITTER.counter("externalsecret_sync_calls_error", "errors", "secrets that could not be fetched", NAME, NAMESPACE),
)
