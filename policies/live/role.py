"""The role of an audit: what the collectors call, and nothing else."""

import json
from collections.abc import Iterable, Mapping

ACTIONS: Mapping[str, str] = {
    "accessanalyzer:list_analyzers": "access-analyzer:ListAnalyzers",
    "cloudtrail:describe_trails": "cloudtrail:DescribeTrails",
    "cloudtrail:get_event_selectors": "cloudtrail:GetEventSelectors",
    "cloudtrail:get_trail_status": "cloudtrail:GetTrailStatus",
    "cloudtrail:list_tags": "cloudtrail:ListTags",
    "cloudwatch:describe_alarms": "cloudwatch:DescribeAlarms",
    "cloudwatch:list_tags_for_resource": "cloudwatch:ListTagsForResource",
    "config:describe_configuration_recorder_status": "config:DescribeConfigurationRecorderStatus",
    "config:describe_configuration_recorders": "config:DescribeConfigurationRecorders",
    "ec2:get_ebs_encryption_by_default": "ec2:GetEbsEncryptionByDefault",
    "ecr:describe_repositories": "ecr:DescribeRepositories",
    "ecr:get_lifecycle_policy": "ecr:GetLifecyclePolicy",
    "ecr:get_registry_scanning_configuration": "ecr:GetRegistryScanningConfiguration",
    "ecr:get_repository_policy": "ecr:GetRepositoryPolicy",
    "ecr:list_tags_for_resource": "ecr:ListTagsForResource",
    "guardduty:get_detector": "guardduty:GetDetector",
    "guardduty:list_detectors": "guardduty:ListDetectors",
    "kms:describe_key": "kms:DescribeKey",
    "kms:get_key_policy": "kms:GetKeyPolicy",
    "kms:get_key_rotation_status": "kms:GetKeyRotationStatus",
    "kms:list_keys": "kms:ListKeys",
    "kms:list_resource_tags": "kms:ListResourceTags",
    "logs:describe_log_groups": "logs:DescribeLogGroups",
    "logs:describe_metric_filters": "logs:DescribeMetricFilters",
    "logs:list_tags_for_resource": "logs:ListTagsForResource",
    "s3:get_bucket_encryption": "s3:GetEncryptionConfiguration",
    "s3:get_bucket_lifecycle_configuration": "s3:GetLifecycleConfiguration",
    "s3:get_bucket_logging": "s3:GetBucketLogging",
    "s3:get_bucket_ownership_controls": "s3:GetBucketOwnershipControls",
    "s3:get_bucket_policy": "s3:GetBucketPolicy",
    "s3:get_bucket_replication": "s3:GetReplicationConfiguration",
    "s3:get_bucket_tagging": "s3:GetBucketTagging",
    "s3:get_bucket_versioning": "s3:GetBucketVersioning",
    "s3:get_object_lock_configuration": "s3:GetBucketObjectLockConfiguration",
    "s3:get_public_access_block": "s3:GetBucketPublicAccessBlock",
    "s3:list_buckets": "s3:ListAllMyBuckets",
    "s3control:get_public_access_block": "s3:GetAccountPublicAccessBlock",
    "securityhub:describe_hub": "securityhub:DescribeHub",
    "sts:get_caller_identity": "sts:GetCallerIdentity",
}
"""Each call, as boto3's service and method, and the IAM action that allows it."""


def policy(actions: Iterable[str] = ACTIONS.values()) -> str:
    """The IAM policy document (JSON) of the role: it reads how things are set up, never what they hold."""
    statement = {"Sid": "Audit", "Effect": "Allow", "Action": sorted(set(actions)), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
