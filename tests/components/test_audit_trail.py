from collections import Counter
from typing import Any

import pytest

from components import AuditTrail, RetentionMode
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

ARN = "arn:aws:s3:::audit-0000000"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/ml-platform-dev-audit"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/cloudtrail/ml-platform-dev-audit"
CLOUDTRAIL = "cloudtrail.amazonaws.com"
SECURE = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
KEY = {"s3:x-amz-server-side-encryption": "aws:kms", "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:key"}
OWNED = {**SECURE, **KEY, "s3:x-amz-acl": "bucket-owner-full-control"}


def audit(**more: Any) -> AuditTrail:
    lock = {"mode": RetentionMode.COMPLIANCE, "days": 365}
    args = {"kms_key_arn": "arn:key", "log_bucket": "logs", "object_lock": lock, "tags": TAGS, **more}
    return AuditTrail("audit", args)  # pyright: ignore[reportArgumentType]


def test_a_trail_is_a_locked_bucket_a_log_group_and_the_way_there(recorder: Recorder, run: Run) -> None:
    assert run(audit) == {
        "trail_arn": TRAIL,
        "bucket_name": "audit-0000000",
        "bucket_arn": ARN,
        "log_group_name": "/aws/cloudtrail/ml-platform-dev-audit",
    }
    assert recorder.kinds() == Counter(
        [
            "AuditTrail",
            "SecureBucket",
            "Bucket",
            "BucketVersioning",
            "BucketServerSideEncryptionConfiguration",
            "BucketPublicAccessBlock",
            "BucketOwnershipControls",
            "BucketPolicy",
            "BucketLifecycleConfiguration",
            "BucketLogging",
            "BucketObjectLockConfiguration",
            "LogGroup",
            "Role",
            "RolePolicy",
            "Trail",
        ]
    )


def test_the_trail_covers_every_region_and_proves_its_files(recorder: Recorder, run: Run) -> None:
    run(audit)
    assert recorder.inputs("Trail", "audit", "advancedEventSelectors") == {
        "name": "ml-platform-dev-audit",
        "s3BucketName": "audit-0000000",
        "isMultiRegionTrail": True,
        "includeGlobalServiceEvents": True,
        "enableLogFileValidation": True,
        "kmsKeyId": "arn:key",
        "cloudWatchLogsGroupArn": f"{GROUP}:*",
        "cloudWatchLogsRoleArn": f"arn:aws:iam::{ACCOUNT}:role/audit-delivery-0000000",
        "tags": {**ALL_TAGS, "component": "audit"},
    }
    assert recorder.one("Trail", "audit").depends >= {"BucketPolicy audit-policy", "RolePolicy audit-delivery"}


def test_log_files_are_write_once(recorder: Recorder, run: Run) -> None:
    run(audit)
    assert recorder.inputs("BucketObjectLockConfiguration", "audit-object-lock")["rule"] == {
        "defaultRetention": {"mode": "COMPLIANCE", "days": 365}
    }


@pytest.mark.parametrize(("more", "days"), [({}, 365), ({"log_group_days": 30.0}, 30)])
def test_events_are_kept_in_an_encrypted_log_group(
    recorder: Recorder, run: Run, more: dict[str, Any], days: int
) -> None:
    run(lambda: audit(**more))
    assert recorder.inputs("LogGroup", "audit") == {
        "name": "/aws/cloudtrail/ml-platform-dev-audit",
        "kmsKeyId": "arn:key",
        "retentionInDays": days,
        "tags": {**ALL_TAGS, "component": "audit"},
    }


def test_management_events_are_always_recorded_and_object_events_on_demand(recorder: Recorder, run: Run) -> None:
    def selectors(**more: Any) -> list[list[dict[str, Any]]]:
        recorder.found.clear()
        run(lambda: audit(**more))
        return [one["fieldSelectors"] for one in recorder.inputs("Trail", "audit")["advancedEventSelectors"]]

    management = [{"field": "eventCategory", "equals": ["Management"]}]
    assert selectors() == selectors(data_event_bucket_arns=[]) == [management]
    assert selectors(data_event_bucket_arns=["arn:aws:s3:::data", "arn:aws:s3:::runs"]) == [
        management,
        [
            {"field": "eventCategory", "equals": ["Data"]},
            {"field": "resources.type", "equals": ["AWS::S3::Object"]},
            # The slash keeps `data-secret` out.
            {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::data/", "arn:aws:s3:::runs/"]},
        ],
    ]


@pytest.mark.parametrize(
    ("action", "resource", "source", "answer"),
    [
        ("s3:GetBucketAcl", ARN, TRAIL, "Allow"),
        ("s3:PutObject", f"{ARN}/AWSLogs/{ACCOUNT}/CloudTrail/a", TRAIL, "Allow"),
        ("s3:GetBucketAcl", ARN, f"{TRAIL}-other", "no"),
        ("s3:PutObject", f"{ARN}/AWSLogs/{ACCOUNT}/CloudTrail/a", f"{TRAIL}-other", "no"),
        ("s3:PutObject", f"{ARN}/AWSLogs/{ACCOUNT}/a", TRAIL.replace(ACCOUNT, "210987654321"), "no"),
        ("s3:PutObject", f"{ARN}/AWSLogs/210987654321/a", TRAIL, "no"),
        ("s3:GetObject", f"{ARN}/AWSLogs/{ACCOUNT}/a", TRAIL, "no"),
        ("s3:DeleteObject", f"{ARN}/AWSLogs/{ACCOUNT}/a", TRAIL, "no"),
    ],
)
def test_only_this_trail_delivers_to_the_bucket(
    recorder: Recorder, run: Run, action: str, resource: str, source: str, answer: str
) -> None:
    run(audit)
    statements = recorder.statements("BucketPolicy", "audit-policy")
    assert decide(statements, action, resource, CLOUDTRAIL, {**OWNED, "aws:SourceArn": source}) == answer
    assert decide(statements, action, resource, "config.amazonaws.com", {**OWNED, "aws:SourceArn": source}) == "no"


DIGEST = f"{ARN}/AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-central-1/2026/11/30/a"


@pytest.mark.parametrize(
    ("resource", "more", "answer"),
    [
        (DIGEST, {}, "Allow"),
        (DIGEST, {"s3:x-amz-server-side-encryption": "AES256"}, "Allow"),
        (DIGEST, {"aws:SecureTransport": "false"}, "Deny"),
        (f"{ARN}/AWSLogs/{ACCOUNT}/CloudTrail/a", {"s3:x-amz-server-side-encryption": "AES256"}, "Deny"),
    ],
)
def test_digest_files_come_in_whichever_way_cloudtrail_encrypts_them(
    recorder: Recorder, run: Run, resource: str, more: dict[str, str], answer: str
) -> None:
    run(audit)
    named = {key: value for key, value in OWNED.items() if not (more and key.endswith("kms-key-id"))}
    context = {**named, "aws:SourceArn": TRAIL, **more}
    assert (
        decide(recorder.statements("BucketPolicy", "audit-policy"), "s3:PutObject", resource, CLOUDTRAIL, context)
        == answer
    )


def test_log_files_belong_to_the_bucket_owner(recorder: Recorder, run: Run) -> None:
    run(audit)
    context = {**OWNED, "aws:SourceArn": TRAIL, "s3:x-amz-acl": "private"}
    statements = recorder.statements("BucketPolicy", "audit-policy")
    assert decide(statements, "s3:PutObject", f"{ARN}/AWSLogs/{ACCOUNT}/a", CLOUDTRAIL, context) == "no"


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("logs:PutLogEvents", f"{GROUP}:log-stream:a", "Allow"),
        ("logs:CreateLogStream", f"{GROUP}:log-stream:a", "Allow"),
        ("logs:PutLogEvents", f"{GROUP}-other:log-stream:a", "no"),
        ("logs:DeleteLogStream", f"{GROUP}:log-stream:a", "no"),
        ("logs:PutRetentionPolicy", GROUP, "no"),
    ],
)
def test_the_delivery_role_writes_to_its_log_group_only(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    run(audit)
    assert recorder.inputs("RolePolicy", "audit-delivery")["role"] == "audit-delivery-0000000"
    assert decide(recorder.statements("RolePolicy", "audit-delivery"), action, resource) == answer


def test_cloudtrail_assumes_its_log_role_without_a_source_account(recorder: Recorder, run: Run) -> None:
    # CloudTrail User Guide, "Role policy document for CloudTrail to use CloudWatch Logs": the role policy supports
    # neither aws:SourceArn nor aws:SourceAccount. CreateTrail fails if the trust policy demands one.
    run(audit)
    trust = [{"Resource": "*", **one} for one in recorder.statements("Role", "audit-delivery", "assumeRolePolicy")]
    assert decide(trust, "sts:AssumeRole", caller=CLOUDTRAIL, context={}) == "Allow"
    assert decide(trust, "sts:AssumeRole", caller="config.amazonaws.com", context={}) == "no"
