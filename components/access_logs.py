"""The bucket that S3 delivers its server access logs to."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from components import _documents as documents
from components import _lifecycle as lifecycle
from components._component import Component
from components._secure_bucket import _SecureBucket


class AccessLogsArgs(TypedDict):
    """Inputs of AccessLogs."""

    tags: Mapping[str, str]
    """Mandatory tags."""
    retention_days: NotRequired[int]
    """Days until a log expires. Default 365."""
    force_destroy: NotRequired[bool]
    """Delete the logs with the bucket. Default false."""


class AccessLogs(Component):
    """Where the other buckets of the account and region record who accessed them.

    It encrypts with SSE-S3 and has no default retention: S3 delivers access logs to no bucket with SSE-KMS default
    encryption or Object Lock retention (S3 user guide, "Enabling Amazon S3 server access logging").
    """

    bucket_name: pulumi.Output[str]
    """Name of the bucket, the `log_bucket` of other components."""
    bucket_arn: pulumi.Output[str]
    """ARN of the bucket."""

    def __init__(self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        days = int(args.get("retention_days", 365))
        store = _SecureBucket(
            name,
            {
                "tags": self._tags,
                "force_destroy": args.get("force_destroy", False),
                "statements": lambda arn, caller: [log_delivery(arn, caller["account"])],
                "lifecycle": [lifecycle.expire_all(days)],
            },
            self._child(),
        )
        # Consumers wait for the policy, without which S3 refuses to deliver.
        name_once_writable = pulumi.Output.all(store.bucket.bucket, store.policy.id).apply(lambda v: v[0])
        self._finish(bucket_name=name_once_writable, bucket_arn=store.arn)


def log_delivery(bucket_arn: str, account: str) -> documents.Statement:
    """Let S3 deliver the access logs of this account's buckets."""
    return {
        "Sid": "DeliverAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
