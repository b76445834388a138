"""The bucket under AccessLogs, ArtifactStore and AuditTrail."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components import AccessLogs, ArtifactStore, AuditTrail, RetentionMode
from tests.components.conftest import ALL_TAGS, TAGS, Recorder, Run
from tests.components.iam import decide

LOCK = {"mode": RetentionMode.GOVERNANCE, "days": 2.0}
COMMON = {"kms_key_arn": "arn:aws:kms:::key/own", "log_bucket": "logs", "tags": TAGS}
PROGRAMS: dict[str, Callable[..., pulumi.ComponentResource]] = {
    "AccessLogs": lambda **more: AccessLogs("it", {"tags": TAGS, **more}),  # pyright: ignore[reportArgumentType]
    "ArtifactStore": lambda **more: ArtifactStore("it", {**COMMON, **more}),  # pyright: ignore[reportArgumentType]
    "AuditTrail": lambda **more: AuditTrail("it", {**COMMON, "object_lock": LOCK, **more}),  # pyright: ignore[reportArgumentType]
}
ENCRYPTED = ("ArtifactStore", "AuditTrail")
NAME = "it-0000000"
ARN = f"arn:aws:s3:::{NAME}"
SSE = "s3:x-amz-server-side-encryption"
SSE_KEY = f"{SSE}-aws-kms-key-id"
SECURE = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
SOMEBODY = "arn:aws:iam::123456789012:role/ml-train"


@pytest.mark.parametrize("component", PROGRAMS)
def test_every_bucket_is_private_versioned_and_owned(recorder: Recorder, run: Run, component: str) -> None:
    run(PROGRAMS[component])
    locked = component == "AuditTrail"
    assert recorder.inputs("Bucket", "it") == {
        "forceDestroy": False,
        "objectLockEnabled": locked,
        "tags": {**ALL_TAGS, "component": "it"},
    }
    assert recorder.inputs("BucketVersioning", "it-versioning") == {
        "bucket": NAME,
        "versioningConfiguration": {"status": "Enabled"},
    }
    assert recorder.inputs("BucketPublicAccessBlock", "it-public-access") == {
        "bucket": NAME,
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    }
    assert recorder.inputs("BucketOwnershipControls", "it-ownership") == {
        "bucket": NAME,
        "rule": {"objectOwnership": "BucketOwnerEnforced"},
    }
    for kind in ("Bucket", "BucketPolicy", "BucketLifecycleConfiguration"):
        assert len(recorder.of(kind)) == 1


@pytest.mark.parametrize("component", ENCRYPTED)
def test_data_is_encrypted_with_the_given_key_and_access_to_it_logged(
    recorder: Recorder, run: Run, component: str
) -> None:
    run(PROGRAMS[component])
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": COMMON["kms_key_arn"]}
    assert recorder.inputs("BucketServerSideEncryptionConfiguration", "it-encryption") == {
        "bucket": NAME,
        "rules": [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": True}],
    }
    assert recorder.inputs("BucketLogging", "it-logging") == {
        "bucket": NAME,
        "targetBucket": "logs",
        "targetPrefix": f"{NAME}/",
    }


@pytest.mark.parametrize("component", PROGRAMS)
@pytest.mark.parametrize(
    ("transport", "refused"),
    [
        (SECURE, False),
        ({"aws:SecureTransport": "true", "s3:TlsVersion": "1.2"}, False),
        ({"aws:SecureTransport": "true", "s3:TlsVersion": "1.1"}, True),
        ({"aws:SecureTransport": "false"}, True),
    ],
)
@pytest.mark.parametrize(
    ("action", "resource"), [("s3:GetObject", f"{ARN}/a/b"), ("s3:ListBucket", ARN), ("s3:DeleteBucket", ARN)]
)
def test_nobody_speaks_anything_but_modern_tls(
    recorder: Recorder,
    run: Run,
    component: str,
    transport: dict[str, str],
    refused: bool,
    action: str,
    resource: str,
) -> None:
    run(PROGRAMS[component])
    answer = decide(recorder.statements("BucketPolicy", "it-policy"), action, resource, SOMEBODY, transport)
    assert (answer == "Deny") is refused


@pytest.mark.parametrize("component", ENCRYPTED)
@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({SSE: "aws:kms", SSE_KEY: COMMON["kms_key_arn"]}, False),
        ({SSE: "aws:kms", SSE_KEY: "arn:aws:kms:::key/other"}, True),
        ({SSE: "AES256"}, True),
        ({SSE: "aws:kms:dsse", SSE_KEY: COMMON["kms_key_arn"]}, True),
        ({f"{SSE}-customer-algorithm": "AES256"}, True),
        # S3 then takes the account's own `aws/s3`, not the bucket's default.
        ({SSE: "aws:kms"}, True),
    ],
    ids=["default", "own-key", "other-key", "sse-s3", "dsse", "customer-key", "kms-without-key"],
)
def test_objects_are_written_under_the_buckets_key_or_not_at_all(
    recorder: Recorder, run: Run, component: str, headers: dict[str, str], refused: bool
) -> None:
    run(PROGRAMS[component])
    statements = recorder.statements("BucketPolicy", "it-policy")
    answer = decide(statements, "s3:PutObject", f"{ARN}/a", SOMEBODY, {**SECURE, **headers})
    assert (answer == "Deny") is refused


@pytest.mark.parametrize("component", PROGRAMS)
def test_a_bucket_lets_no_principal_in_by_itself(recorder: Recorder, run: Run, component: str) -> None:
    run(PROGRAMS[component])
    allowed = [
        statement
        for statement in recorder.statements("BucketPolicy", "it-policy")
        if statement["Effect"] != "Deny" and "Service" not in statement["Principal"]
    ]
    assert allowed == []


@pytest.mark.parametrize("component", PROGRAMS)
def test_unfinished_uploads_are_given_up(recorder: Recorder, run: Run, component: str) -> None:
    run(PROGRAMS[component])
    stale = recorder.inputs("BucketLifecycleConfiguration", "it-lifecycle")["rules"][0]
    assert stale == {
        "id": "abort-stale-uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
    }


@pytest.mark.parametrize("component", ENCRYPTED)
@pytest.mark.parametrize("disposable", [True, False])
def test_retention_cannot_be_bypassed_unless_the_bucket_is_disposable(
    recorder: Recorder, run: Run, component: str, disposable: bool
) -> None:
    run(lambda: PROGRAMS[component](object_lock=LOCK, force_destroy=disposable))
    assert recorder.inputs("Bucket", "it")["forceDestroy"] is disposable
    assert recorder.inputs("BucketObjectLockConfiguration", "it-object-lock") == {
        "bucket": NAME,
        "rule": {"defaultRetention": {"mode": "GOVERNANCE", "days": 2}},
    }
    statements = recorder.statements("BucketPolicy", "it-policy")
    answer = decide(statements, "s3:BypassGovernanceRetention", f"{ARN}/a", SOMEBODY, SECURE)
    assert (answer == "Deny") is not disposable


@pytest.mark.parametrize(
    ("child", "before"),
    [
        ("BucketPolicy it-policy", "BucketPublicAccessBlock it-public-access"),
        ("BucketLifecycleConfiguration it-lifecycle", "BucketVersioning it-versioning"),
        ("BucketObjectLockConfiguration it-object-lock", "BucketVersioning it-versioning"),
    ],
)
def test_what_needs_another_setting_waits_for_it(recorder: Recorder, run: Run, child: str, before: str) -> None:
    run(PROGRAMS["AuditTrail"])
    assert before in recorder.one(*child.split()).depends


def test_a_whole_number_may_arrive_as_a_float(recorder: Recorder, run: Run) -> None:
    run(lambda: PROGRAMS["ArtifactStore"](object_lock=LOCK, abort_upload_days=3.0, noncurrent_version_days=30.0))
    stale, old = recorder.inputs("BucketLifecycleConfiguration", "it-lifecycle")["rules"]
    retention = recorder.inputs("BucketObjectLockConfiguration", "it-object-lock")["rule"]["defaultRetention"]
    numbers: list[Any] = [
        stale["abortIncompleteMultipartUpload"]["daysAfterInitiation"],
        old["noncurrentVersionExpiration"]["noncurrentDays"],
        retention["days"],
    ]
    assert numbers == [3, 30, 2]


@pytest.mark.parametrize(("mode", "retained"), [(RetentionMode.GOVERNANCE, False), (RetentionMode.COMPLIANCE, True)])
def test_what_nobody_can_delete_stays_with_its_guards(
    recorder: Recorder, run: Run, mode: RetentionMode, retained: bool
) -> None:
    # S3 User Guide, "Retention modes": in compliance mode no user, the root user included, deletes a version.
    run(lambda: PROGRAMS["AuditTrail"](object_lock={"mode": mode, "days": 2.0}))
    guards = ("Bucket", "BucketPolicy", "BucketPublicAccessBlock", "BucketObjectLockConfiguration", "BucketVersioning")
    assert {one.retained for kind in guards for one in recorder.of(kind)} == {retained}
    assert not any(one.retained for one in recorder.of("Trail"))
