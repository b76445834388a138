"""Who did what in the account: a trail that nobody can rewrite."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component
from components._secure_bucket import _SecureBucket
from components.artifact_store import ObjectLockArgs

DIGESTS = "AWSLogs/*/CloudTrail-Digest/*"
"""Digest files, by which log files are validated. CloudTrail encrypts them with SSE-S3 (CloudTrail User Guide,
"Encrypting CloudTrail log files with AWS KMS keys"; newer editions name the key for both)."""


class AuditTrailArgs(TypedDict):
    """Inputs of AuditTrail."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts the log files and the log group; CloudTrail and CloudWatch Logs must be allowed to use it."""
    log_bucket: pulumi.Input[str]
    """Bucket that records who accessed the trail's own bucket."""
    object_lock: ObjectLockArgs
    """Retention of the log files, which nobody can cut short in compliance mode."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    data_event_bucket_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Buckets whose object reads and writes are recorded, each event at a charge. Default: none."""
    log_group_days: NotRequired[int]
    """Days that CloudWatch Logs keeps the events. Default 365."""
    force_destroy: NotRequired[bool]
    """Delete the log files with the trail, as far as their retention allows. Default false."""


class AuditTrail(Component):
    """A multi-region CloudTrail with validated, encrypted, write-once log files, also sent to CloudWatch Logs."""

    trail_arn: pulumi.Output[str]
    """ARN of the trail."""
    bucket_name: pulumi.Output[str]
    """Name of the bucket that keeps the log files."""
    bucket_arn: pulumi.Output[str]
    """ARN of that bucket."""
    log_group_name: pulumi.Output[str]
    """Log group to build metric filters and alarms on."""

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        trail_name = self._physical_name()
        lock = args["object_lock"]
        store = _SecureBucket(
            name,
            {
                "tags": self._tags,
                "kms_key_arn": args["kms_key_arn"],
                "log_bucket": args["log_bucket"],
                "object_lock": {"mode": str(lock["mode"]), "days": int(lock["days"])},
                "force_destroy": args.get("force_destroy", False),
                "otherwise_encrypted": DIGESTS,
                "statements": lambda bucket, values: log_file_delivery(bucket, values, trail_name),
            },
            self._child(),
        )
        group = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/cloudtrail/{trail_name}",
            kms_key_id=args["kms_key_arn"],
            retention_in_days=int(args.get("log_group_days", 365)),
            tags=self._tags,
            opts=self._child(),
        )
        streams = pulumi.Output.concat(group.arn, ":log-stream:*")
        role = self._service_role(f"{name}-delivery", "cloudtrail.amazonaws.com")
        grant = aws.iam.RolePolicy(
            f"{name}-delivery",
            role=role.name,
            policy=streams.apply(lambda resource: documents.render([stream_delivery(resource)])),
            opts=self._child(),
        )
        trail = aws.cloudtrail.Trail(
            name,
            name=trail_name,
            s3_bucket_name=store.bucket.bucket,
            is_multi_region_trail=True,
            include_global_service_events=True,
            enable_log_file_validation=True,
            kms_key_id=args["kms_key_arn"],
            cloud_watch_logs_group_arn=pulumi.Output.concat(group.arn, ":*"),
            cloud_watch_logs_role_arn=role.arn,
            advanced_event_selectors=event_selectors(args.get("data_event_bucket_arns", [])),
            tags=self._tags,
            # CloudTrail tries both deliveries when it is made.
            opts=self._child([store.policy, grant]),
        )
        self._finish(
            trail_arn=trail.arn,
            bucket_name=store.bucket.bucket,
            bucket_arn=store.arn,
            log_group_name=group.name,
        )


def event_selectors(bucket_arns: Sequence[pulumi.Input[str]]) -> list:
    """Every management event, and the object events of `bucket_arns`."""
    management = {
        "name": "Management events",
        "field_selectors": [{"field": "eventCategory", "equals": ["Management"]}],
    }
    data = {
        "name": "Object events",
        "field_selectors": [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            {
                "field": "resources.ARN",
                "starts_withs": [pulumi.Output.concat(arn, "/") for arn in bucket_arns],
            },
        ],
    }
    return [management, data] if bucket_arns else [management]


def log_file_delivery(bucket_arn: str, caller: Mapping[str, str], trail_name: str) -> list[documents.Statement]:
    """Let this one trail check the bucket and write below its account's prefix."""
    arn = f"arn:{caller['partition']}:cloudtrail:{caller['region']}:{caller['account']}:trail/{trail_name}"
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    condition = {"aws:SourceArn": arn}
    return [
        {
            "Sid": "CheckBucket",
            **service,
            "Action": "s3:GetBucketAcl",
            "Resource": bucket_arn,
            "Condition": {"StringEquals": condition},
        },
        {
            "Sid": "WriteLogFiles",
            **service,
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{caller['account']}/*",
            "Condition": {"StringEquals": {**condition, "s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]


def stream_delivery(streams_arn: str) -> documents.Statement:
    """Let CloudTrail write its events to the streams of its log group."""
    return {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": streams_arn,
    }
