"""A full set of arguments for every component that is served: everything it can make, every number given."""

from typing import Any

from pydantic.alias_generators import to_camel

from components import (
    SERVED,
    AccessLogs,
    ArtifactStore,
    AuditTrail,
    Backups,
    CiIdentity,
    CostGuard,
    InferenceCapture,
    KeyRing,
    Network,
    Notifications,
    RetrainingBus,
    ThreatDetection,
    WorkloadIdentity,
)
from tests.components.conftest import TAGS

KEY = "arn:aws:kms:eu-central-1:123456789012:key/a"
LOCK = {"mode": "GOVERNANCE", "days": 2}
STORE = {"kms_key_arn": KEY, "log_bucket": "logs", "object_lock": LOCK}
SAMPLES: dict[type, dict[str, Any]] = {
    AccessLogs: {"retention_days": 10},
    ArtifactStore: {
        **STORE,
        "prefixes": ["models"],
        "noncurrent_version_days": 30,
        "abort_upload_days": 3,
        "replica": {"region": "eu-west-1", "kms_key_arn": "arn:copy-key"},
    },
    AuditTrail: {**STORE, "log_group_days": 30, "data_event_bucket_arns": ["arn:aws:s3:::a"]},
    Backups: {
        "kms_key_arn": KEY,
        "lock": LOCK,
        "daily_days": 10,
        "monthly_days": 100,
        "copy_vault_arn": "arn:vault",
        "topic_arn": "arn:topic",
    },
    CiIdentity: {
        "repository": "o/r",
        "environment": "prod",
        "regions": ["eu-central-1"],
        "state": {"bucket_arn": "b", "kms_key_arn": "k", "secrets_key_arn": "s"},
        "promotion": {
            "source_repository_arns": ["a"],
            "repository_arns": ["b"],
            "source_bucket_arn": "a",
            "source_kms_key_arn": "b",
            "bucket_arn": "c",
            "kms_key_arn": "d",
            "prefix": "e",
        },
    },
    CostGuard: {
        "monthly_limit_usd": 1000,
        "topic_arns": ["arn:topic"],
        "service_limits_usd": {"AWS Glue": 10},
        "anomaly_usd": 40,
        "activate_tags": True,
        "idle_stop": {
            "stop": "rate(1 day)",
            "start": "rate(1 day)",
            "timezone": "UTC",
            "node_group": {
                "cluster": "c",
                "node_group": "n",
                "node_group_arn": "arn:nodes",
                "min_size": 2,
                "max_size": 4,
            },
        },
    },
    InferenceCapture: {
        "kms_key_arn": KEY,
        "log_bucket": "logs",
        "sampling_percent": {"m": 10},
        "retention_days": 7,
        "buffer_seconds": 60,
        "log_group_days": 7,
    },
    KeyRing: {
        "keys": {"confidential": {"users": ["*"]}, "audit": {"services": ["logs"]}},
        "rotation_days": 90,
        "deletion_window_days": 7,
    },
    Network: {
        "cidr": "10.0.0.0/16",
        "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
        "nat": "per-zone",
        "kms_key_arn": KEY,
        "flow_log_days": 30,
        "cluster_name": "c",
    },
    Notifications: {
        "kms_key_arn": KEY,
        "subscribers": {"page": [{"protocol": "email", "endpoint": "a@example.com"}]},
    },
    RetrainingBus: {
        "kms_key_arn": KEY,
        "archive_days": 7,
        "max_receives": 2,
        "visibility_timeout_seconds": 60,
        "cooldown_minutes": 5,
        "triggers": {"a": {"kind": "drift", "model": "m", "threshold": 0.2}},
    },
    ThreatDetection: {
        "kms_key_arn": KEY,
        "log_bucket": "logs",
        "log_group_name": "g",
        "topic_arn": "t",
        "minimum_severity": 4,
        "unused_access_days": 30,
        "history_days": 30,
    },
    WorkloadIdentity: {
        "namespace": "a",
        "service_account": "b",
        "cluster_name": "c",
        "max_session_seconds": 7200,
        "grants": [{"kind": "read-prefix", "resource_arn": "arn:aws:s3:::b", "prefix": "x", "kms_key_arn": KEY}],
    },
}


def sample(component: type) -> dict[str, Any]:
    """The arguments as a Python program gives them."""
    return {"tags": TAGS, **SAMPLES[component]}


def served(value: Any) -> Any:
    """The same as they arrive from another language: names in camelCase, every number a float."""
    if isinstance(value, dict):
        return {to_camel(key) if "_" in key else key: served(item) for key, item in value.items()}
    if isinstance(value, list):
        return [served(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


INPUTS = {component.__name__: served(sample(component)) for component in SERVED if component in SAMPLES}
"""Component to its inputs over the plugin protocol."""
