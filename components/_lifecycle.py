"""When a bucket lets go of its objects: rules of its lifecycle."""

import pulumi_aws as aws


def expire(days: int, rule: str = "expire") -> "aws.s3.BucketLifecycleConfigurationRuleArgsDict":
    """Expire current versions after `days`."""
    return {"id": rule, "status": "Enabled", "filter": {"prefix": ""}, "expiration": {"days": days}}


def expire_all(days: int) -> "aws.s3.BucketLifecycleConfigurationRuleArgsDict":
    """Expire current versions after `days`, and the overwritten ones `days` after that."""
    return {**expire(days), "noncurrent_version_expiration": {"noncurrent_days": days}}


def expire_versions(days: int) -> "aws.s3.BucketLifecycleConfigurationRuleArgsDict":
    """Expire overwritten versions after `days`, and the delete markers that are left alone by it."""
    return {
        "id": "expire-noncurrent-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrent_version_expiration": {"noncurrent_days": days},
        "expiration": {"expired_object_delete_marker": True},
    }
