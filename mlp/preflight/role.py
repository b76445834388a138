"""The rights that the checks need: what they call, and nothing else."""

import json
from collections.abc import Mapping

from policies.live import role

LISTING, STATE = "s3:ListBucket", "s3:GetObject"
"""The IAM actions that list and read the states."""
ACTIONS: Mapping[str, str] = {
    "accessanalyzer:list_analyzers": "access-analyzer:ListAnalyzers",
    "acm:describe_certificate": "acm:DescribeCertificate",
    "acm:list_certificates": "acm:ListCertificates",
    "ce:get_anomaly_monitors": "ce:GetAnomalyMonitors",
    "ce:list_cost_allocation_tags": "ce:ListCostAllocationTags",
    "codeconnections:get_connection": "codeconnections:GetConnection",
    "config:describe_configuration_recorders": "config:DescribeConfigurationRecorders",
    "ec2:describe_instance_types": "ec2:DescribeInstanceTypes",
    "ecr:describe_images": "ecr:DescribeImages",
    "eks:describe_addon_versions": "eks:DescribeAddonVersions",
    "eks:describe_cluster": "eks:DescribeCluster",
    "eks:list_access_entries": "eks:ListAccessEntries",
    "eks:list_associated_access_policies": "eks:ListAssociatedAccessPolicies",
    "elasticache:describe_cache_clusters": "elasticache:DescribeCacheClusters",
    "guardduty:list_detectors": "guardduty:ListDetectors",
    "iam:get_role": "iam:GetRole",
    "iam:get_user": "iam:GetUser",
    "iam:list_open_id_connect_providers": "iam:ListOpenIDConnectProviders",
    "kms:describe_key": "kms:DescribeKey",
    "kms:get_key_rotation_status": "kms:GetKeyRotationStatus",
    "logs:describe_log_groups": "logs:DescribeLogGroups",
    "rds:describe_orderable_db_instance_options": "rds:DescribeOrderableDBInstanceOptions",
    "resourcegroupstaggingapi:get_resources": "tag:GetResources",
    "route53:list_hosted_zones": "route53:ListHostedZones",
    "s3:get_bucket_encryption": "s3:GetEncryptionConfiguration",
    "s3:get_bucket_versioning": "s3:GetBucketVersioning",
    "s3:head_bucket": LISTING,
    "secretsmanager:describe_secret": "secretsmanager:DescribeSecret",
    "securityhub:describe_hub": "securityhub:DescribeHub",
    "service-quotas:get_aws_default_service_quota": "servicequotas:GetAWSDefaultServiceQuota",
    "service-quotas:get_service_quota": "servicequotas:GetServiceQuota",
    "sns:list_subscriptions_by_topic": "sns:ListSubscriptionsByTopic",
    "ssm:get_parameter": "ssm:GetParameter",
}
"""Each call, as boto3's service and method, and the IAM action that allows it."""


def policy() -> str:
    """The IAM policy document (JSON) of a role that runs the checks."""
    bucket, public = "arn:aws:s3:::ml-platform-state-*", "arn:aws:ssm:*::parameter/aws/service/*"
    narrow = {"ssm:GetParameter", LISTING}
    document = json.loads(role.policy(sorted({*ACTIONS.values()} - narrow)))
    document["Statement"][0]["Sid"] = "Preflight"
    aliases = {"kms:ResourceAliases": "alias/ml-platform-state-*"}
    document["Statement"] += [
        {"Sid": "NodeImages", "Effect": "Allow", "Action": "ssm:GetParameter", "Resource": public},
        {"Sid": "State", "Effect": "Allow", "Action": [STATE, LISTING], "Resource": [bucket, f"{bucket}/*"]},
        {
            "Sid": "DecryptState",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"ForAnyValue:StringLike": aliases},
        },
    ]
    return json.dumps(document, indent=2)
