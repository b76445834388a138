"""Full arguments of the components by which a pipeline deploys."""

from typing import Any

from components import CiIdentity, DeployRunner, PermissionsBoundary
from tests.components.cluster_samples import KEY

CONNECTION = "arn:aws:codeconnections:eu-central-1:123456789012:connection/11111111-2222-3333-4444-555555555555"
PIPELINE_SAMPLES: dict[type, dict[str, Any]] = {
    CiIdentity: {
        "repository": "o/r",
        "environment": "prod",
        "regions": ["eu-central-1"],
        "permissions_boundary_arn": "b",
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
    DeployRunner: {
        "repository": "o/r",
        "connection_arn": CONNECTION,
        "workflows": ["Deploy", "Plan (prod)"],
        "vpc_id": "vpc",
        "subnet_ids": ["subnet-a", "subnet-b"],
        "cluster_security_group_id": "sg-cluster",
        "kms_key_arn": KEY,
        "timeout_minutes": 90,
        "concurrent_jobs": 3,
        "log_days": 30,
    },
    PermissionsBoundary: {
        "regions": ["eu-central-1"],
        "services": ["s3"],
        "connection_arn": CONNECTION,
        "allow_teardown": True,
    },
}
