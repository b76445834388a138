"""cert-manager, which renews certificates."""

from monitoring.label import NAME, NAMESPACE, TARGET, known, named
from monitoring.metric import Emitter

_SOURCE = "cert-manager/cert-manager v1.21.1, internal/collectors/certificate_collector.go"
EMITTER = Emitter(
    name="cert-manager",
    version="1.21.1",
    target_labels=TARGET,
    source=_SOURCE,
    heartbeat="certmanager_certificate_ready_status",
)
_CERTIFICATE = (
    NAME,
    NAMESPACE,
    named("issuer_name"),
    named("issuer_kind", "ClusterIssuer"),
    named("issuer_group", "cert-manager.io"),
)

METRICS = (
    EMITTER.gauge(
        "certmanager_certificate_expiration_timestamp_seconds", "Unix seconds", "when a certificate ends", *_CERTIFICATE
    ),
    EMITTER.gauge(
        "certmanager_certificate_ready_status",
        "0 or 1",
        "whether a certificate is in order",
        *_CERTIFICATE,
        known("condition", "True", "False", "Unknown", source=_SOURCE),
    ),
)
