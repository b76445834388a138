"""An environment that has everything that is watched."""

from monitoring.watched import Database, Server, Service, Watched

FRAUD = Service(
    model="fraud",
    namespace="serving",
    p50_seconds=0.1,
    p95_seconds=0.3,
    p99_seconds=1,
    in_progress=10,
    usd_per_thousand=0.5,
    drift_period_seconds=3600,
    min_drift_rows=1000,
    truth_seconds=259200,
)
CHAT = Service(
    model="chat",
    namespace="language",
    server=Server.VLLM,
    availability=0.995,
    fast_share=0.95,
    fast_seconds=2.5,
    token_seconds=0.2,
    first_token_seconds=2,
    queue=5,
)
CREDIT = Service(model="credit", namespace="serving")
"""A service that a few people ask: five requests an hour."""
WATCHED = Watched(
    services=(FRAUD, CHAT, CREDIT),
    job_namespaces=("vision", "language"),
    monthly_usd=30000,
    database=Database(gib=100, connections=450),
    emitters=(
        "alertmanager",
        "argo-rollouts",
        "cert-manager",
        "dcgm-exporter",
        "external-secrets",
        "karpenter",
        "keda",
        "kube-state-metrics",
        "kubelet",
        "kueue",
        "opencost",
        "prometheus",
        "yet-another-cloudwatch-exporter",
    ),
)
