"""The bucket that AWS delivers access logs to."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from components import _documents as documents
from components import _lifecycle as lifecycle
from components._component import Component
from components._secure_bucket import _SecureBucket

BALANCER_PREFIX = "load-balancers"
"""Where load balancers write their logs; the prefix must not be empty or begin with `AWSLogs`."""
LOGS_REGION = "us-east-1"
"""Region of CloudFront's log deliveries, whatever the bucket's region is."""


class AccessLogsArgs(TypedDict):
    """Inputs of AccessLogs."""

    tags: Mapping[str, str]
    """Mandatory tags."""
    retention_days: NotRequired[int]
    """Days until a log expires. Default 365."""
    force_destroy: NotRequired[bool]
    """Delete the logs with the bucket. Default false."""


class AccessLogs(Component):
    """Where the other buckets of the account and region, load balancers and CloudFront deliver their access logs.

    It encrypts with SSE-S3 and has no default retention: S3 delivers access logs to no bucket with SSE-KMS default
    encryption or Object Lock retention (S3 user guide, "Enabling Amazon S3 server access logging"), and load balancers
    to none with a key either (Application Load Balancers guide, "Enable access logs").
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
                "statements": lambda arn, caller: [
                    log_delivery(arn, caller["account"]),
                    balancer_delivery(arn, caller["account"]),
                    *edge_delivery(arn, caller),
                ],
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


def balancer_delivery(bucket_arn: str, account: str) -> documents.Statement:
    """Let load balancers of this account deliver their access logs below BALANCER_PREFIX.

    The path that Elastic Load Balancing writes to names the load balancer's account (Application Load Balancers guide,
    "Enable access logs", step 2).
    """
    return {
        "Sid": "DeliverBalancerLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/{BALANCER_PREFIX}/AWSLogs/{account}/*",
    }


def edge_delivery(bucket_arn: str, caller: Mapping[str, str]) -> list[documents.Statement]:
    """Let CloudWatch Logs deliver what CloudFront logs, which it does in us-east-1.

    CloudWatch Logs User Guide, "Logs sent to Amazon S3", for deliveries of version 2; CloudFront Developer Guide,
    "Configure standard logging (v2)".
    """
    account = caller["account"]
    source = {"aws:SourceAccount": account}
    deliveries = {"aws:SourceArn": f"arn:{caller['partition']}:logs:{LOGS_REGION}:{account}:delivery-source:*"}
    allow = {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}}
    return [
        {
            "Sid": "CheckBucketForDelivery",
            **allow,
            "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
            "Resource": bucket_arn,
            "Condition": {"StringEquals": source, "ArnLike": deliveries},
        },
        {
            "Sid": "DeliverEdgeLogs",
            **allow,
            "Action": "s3:PutObject",
            "Resource": f"{bucket_arn}/AWSLogs/{account}/CloudFront/*",
            "Condition": {
                "StringEquals": {**source, "s3:x-amz-acl": "bucket-owner-full-control"},
                "ArnLike": deliveries,
            },
        },
    ]
