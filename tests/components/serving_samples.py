"""Full arguments of the components that serve models."""

from typing import Any

from components import LlmService, ModelService

KEY = "arn:aws:kms:eu-central-1:123456789012:key/a"
DIGEST = "sha256:" + "a" * 64
IMAGE, OTHER = f"registry/reference@{DIGEST}", f"registry/candidate@{DIGEST}"
READS = {"kind": "read-prefix", "resource_arn": "arn:aws:s3:::artifacts", "prefix": "models/fraud", "kms_key_arn": KEY}
PROMETHEUS = "http://prometheus.monitoring:9090"
ANALYSIS: dict[str, Any] = {
    "address": PROMETHEUS,
    "metrics": [
        {"name": "errors", "query": "errors{pod=~'fraud-{{args.hash}}-.+'}", "at_most": 0.01},
        {"name": "requests", "query": "requests", "at_least": 100},
    ],
    "interval_seconds": 30,
    "checks": 4,
    "failures": 2,
    "errors": 2,
}
CANARY: dict[str, Any] = {"mode": "canary", "steps": [5, 25, 50, 100], "analysis": ANALYSIS, "keep_seconds": 60}
PROVENANCE = {
    "digest": DIGEST,
    "training_run": "0123456789abcdef",
    "dataset": "payments@2026-10",
    "card_uri": "s3://artifacts/models/fraud/12/README.md",
    "card_digest": DIGEST,
    "attestation": "https://example.com/attestations/12",
    "approval": "fraud-12",
}
CANDIDATE = {
    "version": "13",
    "image": OTHER,
    "model_uri": "s3://artifacts/models/fraud/13",
    "provenance": {**PROVENANCE, "training_run": "fedcba9876543210", "approval": "fraud-13"},
}
REVIEW = {"uri": "https://grc.example.com/payment-fraud", "reviewed": "2026-10-01"}
SYSTEM = {
    "id": "payment-fraud",
    "risk_tier": "high",
    "oversight": "model-risk@example.com",
    "fallback": "manual-review",
    "risk_assessment": REVIEW,
    "impact_assessment": {**REVIEW, "reviewed": "2026-10-02"},
    "notice": "https://example.com/about",
}
SHADOW: dict[str, Any] = {"mode": "shadow", "percent": 10, "candidate": CANDIDATE}
AB_TEST: dict[str, Any] = {
    "mode": "ab-test",
    "match": {"header": "x-group", "value": "b"},
    "experiment": "deeper-trees",
    "candidate": CANDIDATE,
}
DOOR: dict[str, Any] = {"host": "fraud.ml.example.com", "from_cidrs": ["10.0.0.0/16"], "log_bucket": "logs"}
GATEWAY: dict[str, Any] = {
    "name": "models",
    "namespace": "gateway",
    "host": "fraud.ml.example.com",
    "pods_namespace": "envoy-gateway-system",
}
MODEL: dict[str, Any] = {
    "model": "fraud",
    "version": "12",
    "image": IMAGE,
    "model_uri": "s3://artifacts/models/fraud/12",
    "grants": [READS],
    "place": {
        "namespace": "vision",
        "cluster_name": "c",
        "https_cidrs": ["10.0.0.0/16"],
        "monitoring_namespace": "watch",
        "permissions_boundary_arn": "arn:boundary",
    },
    "scaling": {
        "least": 2,
        "most": 8,
        "address": PROMETHEUS,
        "signals": [{"name": "requests", "query": "sum(rate(requests{pod=~'{{name}}-.+'}[2m]))", "threshold": 50}],
        "cpu_percent": 70,
        "blind": 5,
        "hours": {"start": "0 7 * * *", "end": "0 20 * * *", "timezone": "UTC"},
    },
    "rollout": CANARY,
    "system": SYSTEM,
    "provenance": PROVENANCE,
    "captures_uri": "s3://captures/captures/fraud",
    "door": {**DOOR, "certificate_arn": "arn:certificate", "internal": False},
    "after": ["addons"],
}
SERVING_SAMPLES: dict[type, dict[str, Any]] = {
    ModelService: {
        **MODEL,
        "size": {"cpus": 2, "memory_gib": 4, "model_gib": 3},
        "format": "xgboost",
        "limits": {"request_mib": 2, "request_seconds": 20, "requests": 50},
        "server": {
            "threads": 2,
            "predictions": 2,
            "batch": {"size": 8, "milliseconds": 5},
            "warm_up": "first.json",
            "variables": {"LEVEL": "debug"},
        },
        "captures": {
            "stream": "captures",
            "sampling_parameter": "sampling",
            "queue_mib": 8,
            "columns": ["amount", "customer", "name"],
            "hashed": ["customer"],
            "masked": ["name"],
            "key_secret": "arn:secret",
        },
        "start_minutes": 3,
    },
    LlmService: {
        **{key: value for key, value in MODEL.items() if key != "door"},
        "size": {
            "pool": "serving",
            "gpus": 2,
            "cpus": 6,
            "memory_gib": 28,
            "cache_gib": 50,
            "queue": "vision",
            "priority": "high",
        },
        "rollout": SHADOW,
        "gateway": GATEWAY,
        "max_tokens": 8192,
        "start_minutes": 20,
    },
}
