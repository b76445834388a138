from collections import Counter
from typing import Any

import pytest

from components import AccessLogs
from tests.components.conftest import ACCOUNT, TAGS, Recorder, Run
from tests.components.iam import decide

ARN = "arn:aws:s3:::logs-0000000"
S3_LOGGING = "logging.s3.amazonaws.com"
SECURE = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}


def logs(**more: Any) -> AccessLogs:
    return AccessLogs("logs", {"tags": TAGS, **more})  # pyright: ignore[reportArgumentType]


def test_the_logs_are_one_bucket_that_logs_nowhere_and_locks_nothing(recorder: Recorder, run: Run) -> None:
    assert run(logs) == {"bucket_name": "logs-0000000", "bucket_arn": ARN}
    assert recorder.kinds() == Counter(
        [
            "AccessLogs",
            "SecureBucket",
            "Bucket",
            "BucketVersioning",
            "BucketServerSideEncryptionConfiguration",
            "BucketPublicAccessBlock",
            "BucketOwnershipControls",
            "BucketPolicy",
            "BucketLifecycleConfiguration",
        ]
    )


def test_s3_can_only_deliver_to_its_own_encryption(recorder: Recorder, run: Run) -> None:
    run(logs)
    assert recorder.inputs("BucketServerSideEncryptionConfiguration", "logs-encryption")["rules"] == [
        {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, "bucketKeyEnabled": False}
    ]


@pytest.mark.parametrize(
    ("caller", "account", "action", "resource", "answer"),
    [
        (S3_LOGGING, ACCOUNT, "s3:PutObject", f"{ARN}/bucket/2026", "Allow"),
        (S3_LOGGING, "210987654321", "s3:PutObject", f"{ARN}/bucket/2026", "no"),
        (S3_LOGGING, ACCOUNT, "s3:GetObject", f"{ARN}/bucket/2026", "no"),
        (S3_LOGGING, ACCOUNT, "s3:DeleteObject", f"{ARN}/bucket/2026", "no"),
        ("cloudtrail.amazonaws.com", ACCOUNT, "s3:PutObject", f"{ARN}/bucket/2026", "no"),
    ],
)
def test_only_deliveries_of_this_account_are_taken(
    recorder: Recorder, run: Run, caller: str, account: str, action: str, resource: str, answer: str
) -> None:
    run(logs)
    context = {**SECURE, "aws:SourceAccount": account}
    assert decide(recorder.statements("BucketPolicy", "logs-policy"), action, resource, caller, context) == answer


DELIVERY = f"arn:aws:logs:us-east-1:{ACCOUNT}:delivery-source:edge"
BALANCERS, LOGS = "logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com"
SENT = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": DELIVERY, "s3:x-amz-acl": "bucket-owner-full-control"}


@pytest.mark.parametrize(
    ("caller", "resource", "context", "answer"),
    [
        (BALANCERS, f"{ARN}/load-balancers/AWSLogs/{ACCOUNT}/elasticloadbalancing/a", {}, "Allow"),
        (BALANCERS, f"{ARN}/load-balancers/AWSLogs/210987654321/elasticloadbalancing/a", {}, "no"),
        (BALANCERS, f"{ARN}/bucket/a", {}, "no"),
        (LOGS, f"{ARN}/AWSLogs/{ACCOUNT}/CloudFront/a", SENT, "Allow"),
        (LOGS, f"{ARN}/AWSLogs/{ACCOUNT}/CloudFront/a", {**SENT, "aws:SourceAccount": "210987654321"}, "no"),
        (
            LOGS,
            f"{ARN}/AWSLogs/{ACCOUNT}/CloudFront/a",
            {**SENT, "aws:SourceArn": "arn:aws:logs:x:2:y"},
            "no",
        ),
        (LOGS, f"{ARN}/bucket/a", SENT, "no"),
    ],
)
def test_load_balancers_and_cloudfront_of_this_account_deliver(
    recorder: Recorder, run: Run, caller: str, resource: str, context: dict[str, str], answer: str
) -> None:
    run(logs)
    statements = recorder.statements("BucketPolicy", "logs-policy")
    assert decide(statements, "s3:PutObject", resource, caller, {**SECURE, **context}) == answer
    assert decide(statements, "s3:GetObject", resource, caller, {**SECURE, **context}) == "no"


@pytest.mark.parametrize(("more", "days"), [({}, 365), ({"retention_days": 10}, 10), ({"retention_days": 10.0}, 10)])
def test_logs_expire_in_every_version(recorder: Recorder, run: Run, more: dict[str, Any], days: int) -> None:
    run(lambda: logs(**more))
    assert recorder.inputs("BucketLifecycleConfiguration", "logs-lifecycle")["rules"][1:] == [
        {
            "id": "expire",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"days": days},
            "noncurrentVersionExpiration": {"noncurrentDays": days},
        }
    ]


@pytest.mark.parametrize("disposable", [True, False])
def test_only_disposable_logs_go_with_their_bucket(recorder: Recorder, run: Run, disposable: bool) -> None:
    run(lambda: logs(force_destroy=disposable))
    assert recorder.inputs("Bucket", "logs")["forceDestroy"] is disposable
