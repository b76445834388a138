"""cert-manager, which renews certificates."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="cert-manager",
    version="1.21.1",
    target_labels=TARGET,
    source="cert-manager/cert-manager, internal/collectors",
    heartbeat="certmanager_certificate_ready_status",
)
_CERTIFICATE = ("name", "namespace", "issuer_name", "issuer_kind", "issuer_group")

METRICS = (
    EMITTER.gauge(
        "certmanager_certificate_expiration_timestamp_seconds", "Unix seconds", "when a certificate ends", *_CERTIFICATE
    ),
    EMITTER.gauge(
        "certmanager_certificate_ready_status",
        "0 or 1",
        "whether a certificate is in order",
        *_CERTIFICATE,
        "condition",
    ),
)
