"""External Secrets, which brings secrets into the cluster."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="external-secrets",
    version="2.9.0",
    target_labels=TARGET,
    source="external-secrets/external-secrets, pkg/controllers/externalsecret/esmetrics",
    heartbeat="externalsecret_status_condition",
)

METRICS = (
    EMITTER.gauge(
        "externalsecret_status_condition",
        "0 or 1",
        "a condition of a secret",
        "name",
        "namespace",
        "condition",
        "status",
    ),
    EMITTER.counter(
        "externalsecret_sync_calls_error", "errors", "secrets that could not be fetched", "name", "namespace"
    ),
)
