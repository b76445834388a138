"""A full set of arguments for every component that is served: everything it can make, every number given."""

from typing import Any

from pydantic.alias_generators import to_camel

from components import (
    SERVED,
    AccessLogs,
    Approvals,
    ArtifactStore,
    AuditTrail,
    Backups,
    BatchInference,
    Cluster,
    ContainerRegistry,
    CostGuard,
    Database,
    DatabaseUsers,
    DataLake,
    EdgeDelivery,
    FeatureBackend,
    GpuNodeAccess,
    InferenceCapture,
    KeyRing,
    Network,
    Notifications,
    RetrainingBus,
    Secrets,
    ThreatDetection,
    WorkloadIdentity,
)
from tests.components.cluster_samples import CLUSTER_SAMPLES, KEY
from tests.components.conftest import TAGS
from tests.components.pipeline_samples import PIPELINE_SAMPLES

LOCK = {"mode": "GOVERNANCE", "days": 2}
STORE = {"kms_key_arn": KEY, "log_bucket": "logs", "object_lock": LOCK}
SAMPLES: dict[type, dict[str, Any]] = {
    **CLUSTER_SAMPLES,
    **PIPELINE_SAMPLES,
    AccessLogs: {"retention_days": 10},
    Approvals: {
        "records": {
            "fraud-12": {
                "model": "fraud",
                "version": "12",
                "digest": "sha256:" + "a" * 64,
                "author": "ana",
                "approvers": ["model-risk", "fraud-lead"],
                "expires": "2027-01-01T00:00:00Z",
            }
        },
        "after": ["addons"],
    },
    ArtifactStore: {
        **STORE,
        "prefixes": ["models"],
        "noncurrent_version_days": 30,
        "abort_upload_days": 3,
        "replica": {"region": "eu-west-1", "kms_key_arn": "arn:copy-key"},
        "readers": {"models": ["arn:aws:iam::333333333333:role/promote-*"]},
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
    BatchInference: {
        "vpc_id": "vpc",
        "subnet_ids": ["s"],
        "instance_types": ["m6i", "r6i"],
        "max_vcpus": 8,
        "on_demand_max_vcpus": 4,
        "volume_gib": 50,
        "log_group_days": 30,
        "shares": {"a": 1.5},
        "repository_arns": ["arn:repo"],
        "kms_key_arn": KEY,
        "log_bucket": "logs",
        "jobs": {
            "score": {
                "image": "r/s@sha256:" + "a" * 64,
                "command": ["s"],
                "vcpus": 2,
                "memory_mib": 4096,
                "timeout_minutes": 60,
                "gpus": 1,
                "attempts": 3,
                "schedule": "rate(1 day)",
                "share": "a",
            }
        },
    },
    Cluster: {
        "version": "1.35",
        "subnet_ids": ["a", "b"],
        "kms_key_arn": KEY,
        "addons": {
            "vpc-cni": "v1",
            "kube-proxy": "v2",
            "coredns": "v3",
            "eks-pod-identity-agent": "v4",
            "aws-ebs-csi-driver": "v5",
        },
        "system_nodes": {"instance_types": ["m7i.large"], "min_size": 2, "max_size": 4, "volume_gib": 60},
        "access": {"ops": {"principal_arn": "arn:aws:iam::1:role/ops", "policy": "admin", "namespaces": ["a"]}},
        "public_access_cidrs": ["192.0.2.0/24"],
        "private_access_cidrs": ["10.200.0.0/16"],
        "log_days": 30,
    },
    ContainerRegistry: {
        "repositories": ["serving/reference"],
        "kms_key_arn": KEY,
        "pull_account_ids": ["111111111111"],
        "promoted_prefixes": ["release-"],
        "keep_tagged": 9,
        "untagged_days": 3,
        "pull_through": {
            "quay": {"upstream_registry_url": "quay.io"},
            "hub": {"upstream_registry_url": "registry-1.docker.io", "credential_secret_arn": "arn:secret"},
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
            "database": "mlflow",
            "database_arn": "arn:database",
        },
    },
    DataLake: {
        "kms_key_arn": KEY,
        "log_bucket": "logs",
        "scan_limit_gib": 5,
        "results_days": 3,
        "noncurrent_version_days": 30,
        "lineage_lock": LOCK,
    },
    DatabaseUsers: {
        "cluster_name": "cluster",
        "image": f"registry/workloads@sha256:{'a' * 64}",
        "users": ["mlflow", "feast"],
        "address": "database.rds",
        "database_name": "platform",
        "master_secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1-AbCdEf",
        "kms_key_arn": KEY,
        "vpc_cidr": "10.0.0.0/16",
    },
    Database: {
        "engine_version": "17",
        "vpc_id": "vpc",
        "subnet_ids": ["subnet-a", "subnet-b"],
        "kms_key_arn": KEY,
        "client_security_group_ids": ["sg"],
        "users": ["mlflow"],
        "allocated_gib": 30,
        "max_allocated_gib": 90,
        "backup_retention_days": 7,
        "log_days": 30,
        "monitoring_seconds": 15,
    },
    EdgeDelivery: {
        "models": ["m"],
        "aliases": ["models.example.com"],
        "certificate_arn": "arn:certificate",
        "url_public_keys": {"a": "-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----"},
        "kms_key_arn": KEY,
        "log_bucket": "logs",
        "noncurrent_version_days": 30,
        "deletion_window_days": 7,
    },
    FeatureBackend: {
        "vpc_id": "vpc",
        "subnet_ids": ["a"],
        "kms_key_arn": KEY,
        "log_bucket": "logs",
        "users": ["feast"],
        "client_security_group_ids": ["sg"],
        "engine_version": "8.1",
        "replicas": 2,
        "snapshot_days": 3,
        "log_days": 7,
        "noncurrent_version_days": 30,
    },
    GpuNodeAccess: {
        "cluster_name": "c",
        "kms_key_arn": KEY,
        "create_spot_service_role": True,
        "managed_spot": {"instance_types": ["g5.xlarge", "g6.xlarge"], "max_size": 4, "subnet_ids": ["a"]},
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
        "flow_log_seconds": 60,
        "cluster_name": "c",
        "private_callers": ["10.200.0.0/16"],
    },
    Notifications: {"kms_key_arn": KEY, "subscribers": {"page": [{"protocol": "email", "endpoint": "a@example.com"}]}},
    RetrainingBus: {
        "kms_key_arn": KEY,
        "archive_days": 7,
        "max_receives": 2,
        "visibility_timeout_seconds": 60,
        "cooldown_minutes": 5,
        "triggers": {"a": {"kind": "drift", "model": "m", "threshold": 0.2}},
    },
    Secrets: {
        "secrets": {
            "token": {
                "description": "a",
                "reader_role_arns": ["arn:reader"],
                "rotation": {"lambda_arn": "arn:function", "role_arn": "arn:role", "days": 30},
            }
        },
        "kms_key_arn": KEY,
        "administrators": ["arn:admin"],
        "recovery_window_days": 7,
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
