"""Full arguments of the components that are in the cluster."""

from pathlib import Path
from typing import Any

from components import (
    AdmissionPolicies,
    ClosedNamespace,
    ClusterAddons,
    DriftMonitor,
    GpuSpotPool,
    ModelRegistry,
    Monitoring,
    Tenant,
    TrainingQueue,
)
from policies.admission import objects
from policies.profiles import PROFILES
from tests.components.serving_samples import SERVING_SAMPLES

KEY = "arn:aws:kms:eu-central-1:123456789012:key/a"
CLUSTER_SAMPLES: dict[type, dict[str, Any]] = {
    **SERVING_SAMPLES,
    AdmissionPolicies: {"manifests": objects(PROFILES["prod"]), "after": ["addons"]},
    ClusterAddons: {
        "cluster_name": "c",
        "vpc_id": "vpc",
        "kms_key_arn": KEY,
        "volume_kms_key_arn": KEY,
        "secret_prefix": "secrets-",
        "replicas": 3,
        "karpenter_queue": "q",
        "scaling_queue_arns": ["arn:queue"],
        "gateway_api_file": str(Path(__file__).parent / "gateway_api.yaml"),
    },
    DriftMonitor: {
        "namespace": "drift",
        "image": f"example.com/workloads@sha256:{'0' * 64}",
        "models": {
            "fraud": {
                "reference_uri": "s3://data/reference/fraud",
                "threshold": 0.5,
                "least_distance": 0.05,
                "false_alarms_per_day": 0.01,
                "time_column": "at",
                "quality": {
                    "output": "predict_proba",
                    "kind": "classifier",
                    "least": 0.8,
                    "days": 30,
                    "delay_days": 7,
                    "positive": "fraud",
                    "slices": ["country"],
                },
                "window_hours": 24,
                "min_rows": 500,
                "truth_uri": "s3://data/truth/fraud",
            }
        },
        "captures_uri": "s3://captures/captures",
        "reports_uri": "s3://captures/reports",
        "grants": [{"kind": "read-prefix", "resource_arn": "arn:aws:s3:::c", "prefix": "captures", "kms_key_arn": KEY}],
        "bus_name": "retraining",
        "bus_arn": "arn:aws:events:eu-central-1:123456789012:event-bus/retraining",
        "alerts": {"FeatureDrift": "drift"},
        "cluster_name": "c",
        "every_minutes": 30,
        "https_cidrs": ["10.0.0.0/16"],
        "monitoring_namespace": "watch",
        "permissions_boundary_arn": "arn:boundary",
        "after": ["addons"],
    },
    GpuSpotPool: {
        "use": "training",
        "cluster_name": "c",
        "node_role_name": "node",
        "kms_key_arn": KEY,
        "ami": "al2023@v20261023",
        "families": ["g5", "g6"],
        "zones": ["eu-central-1a", "eu-central-1b"],
        "max_size": 16,
        "on_demand_size": 4,
        "max_gpus_per_node": 4,
        "volume_gib": 300,
        "expire_hours": 100,
        "drain_minutes": 45,
        "after": ["addons"],
    },
    Monitoring: {
        "cluster_name": "c",
        "grafana_secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:secrets-grafana-admin-a",
        "topic_arns": {"page": "arn:aws:sns:eu-central-1:123456789012:page"},
        "topic_kms_key_arn": KEY,
        "cloudwatch_exporter_image": f"example.com/exporter@sha256:{'0' * 64}",
        "rules": [{"name": "a", "rules": [{"alert": "A", "expr": "vector(1)"}]}],
        "routes": {"route": {"receiver": "page"}, "receivers": [{"name": "page"}]},
        "dashboards": {"platform": '{"title":"a"}'},
        "replicas": 3,
        "retention_days": 30,
        "storage_gib": 100,
        "memory_gib": 8,
        "callers": ["keda"],
        "watchdog_secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:secrets-watchdog-a",
        "after": ["addons"],
    },
    ModelRegistry: {
        "cluster_name": "c",
        "image": "r/workloads@sha256:" + "a" * 64,
        "bucket_name": "artifacts",
        "prefix": "runs",
        "published_prefix": "models",
        "kms_key_arn": KEY,
        "database_address": "db.example.com",
        "database_resource_id": "db-ABC",
        "database_user": "mlflow",
        "vpc_cidr": "10.0.0.0/16",
        "admin_secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:secrets-mlflow-admin-AbCdEf",
        "gate": '{"aliases": {"champion": ["quality"]}}',
        "caller_namespaces": ["vision", "pipelines"],
        "replicas": 3,
        "allowed_hosts": ["mlflow.example.com", "10.0.*:5000"],
        "metrics": True,
        "after": ["addons"],
    },
    ClosedNamespace: {"namespace": "default"},
    Tenant: {
        "namespace": "vision",
        "group": "ml-vision",
        "quota": {
            "cpus": 32,
            "memory_gib": 128,
            "gpus": 8,
            "pods": 50,
            "storage_gib": 200,
            "load_balancers": 1,
        },
        "cluster_name": "c",
        "member_arns": ["arn:aws:iam::1:role/vision"],
        "service_accounts": {
            "trainer": {
                "grants": [{"kind": "read-prefix", "resource_arn": "arn:aws:s3:::b", "prefix": "x", "kms_key_arn": KEY}]
            }
        },
        "permissions_boundary_arn": "arn:boundary",
        "cluster_queue": "vision",
        "https_cidrs": ["10.0.0.0/16"],
        "from_namespaces": ["monitoring"],
        "to_namespaces": ["mlflow"],
        "after": ["addons", "queue"],
    },
    TrainingQueue: {
        "flavors": [{"name": "training-spot", "node_labels": {"ml-platform/pool": "training"}}],
        "teams": {
            "vision": {"cpus": 32, "memory_gib": 128, "gpus": {"training-spot": 4}, "borrow_gpus": 4, "weight": 2}
        },
        "replicas": 3,
        "priorities": {"usual": 10},
        "frameworks": ["jobset.x-k8s.io/jobset"],
        "trusted_users": ["system:serviceaccount:jobset-system:jobset"],
        "after": ["addons"],
    },
}
