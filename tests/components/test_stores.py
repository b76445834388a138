"""AccessLogs, ArtifactStore and AuditTrail: the buckets under them, and what each adds."""

import json
from typing import Any

import pytest

from components import AccessLogs, ArtifactStore, ArtifactStoreArgs, AuditTrail, RetentionMode
from tests.components.conftest import ACCOUNT, ALL_TAGS, TAGS, Recorder, Run

S3 = "aws:s3/{}:{}".format
BUCKET, POLICY = S3("bucket", "Bucket"), S3("bucketPolicy", "BucketPolicy")
LIFECYCLE = S3("bucketLifecycleConfiguration", "BucketLifecycleConfiguration")
LOCK = S3("bucketObjectLockConfiguration", "BucketObjectLockConfiguration")
LOGGING = S3("bucketLogging", "BucketLogging")
ENCRYPTION = S3("bucketServerSideEncryptionConfiguration", "BucketServerSideEncryptionConfiguration")
STORE: ArtifactStoreArgs = {"kms_key_arn": "arn:key", "log_bucket": "logs", "tags": TAGS}
NAME = "store-0000000"
ARN = f"arn:aws:s3:::{NAME}"


def sids(recorder: Recorder, name: str) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in recorder.statements(POLICY, f"{name}-policy")}


def test_a_store_is_locked_down(recorder: Recorder, run: Run) -> None:
    run(lambda: ArtifactStore("store", STORE))
    made = {one.name: one.inputs for one in recorder.found if one.type.startswith("aws:")}
    policy, lifecycle = made.pop("store-policy"), made.pop("store-lifecycle")
    assert policy["bucket"] == lifecycle["bucket"] == NAME
    assert made == {
        "store": {
            "forceDestroy": False,
            "objectLockEnabled": False,
            "tags": {**ALL_TAGS, "component": "store"},
        },
        "store-versioning": {"bucket": NAME, "versioningConfiguration": {"status": "Enabled"}},
        "store-encryption": {
            "bucket": NAME,
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:key"},
                    "bucketKeyEnabled": True,
                }
            ],
        },
        "store-public-access": {
            "bucket": NAME,
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        "store-ownership": {"bucket": NAME, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        "store-logging": {"bucket": NAME, "targetBucket": "logs", "targetPrefix": f"{NAME}/"},
    }


def test_a_stores_policy_denies_plain_http_and_other_encryption(recorder: Recorder, run: Run) -> None:
    run(lambda: ArtifactStore("store", STORE))
    found = sids(recorder, "store")
    assert {statement["Effect"] for statement in found.values()} == {"Deny"}
    assert {tuple(statement["Principal"].items()) for statement in found.values()} == {(("AWS", "*"),)}
    assert found["DenyPlainTransport"]["Resource"] == [ARN, f"{ARN}/*"]
    assert found["DenyPlainTransport"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert found["DenyOldTls"]["Condition"] == {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    sse = "s3:x-amz-server-side-encryption"
    assert found["DenyOtherEncryption"]["Condition"] == {"StringNotEqualsIfExists": {sse: "aws:kms"}}
    assert found["DenyOtherKey"]["Condition"] == {"ArnNotEqualsIfExists": {f"{sse}-aws-kms-key-id": "arn:key"}}
    assert found["DenyCustomerProvidedKey"]["Condition"] == {"Null": {f"{sse}-customer-algorithm": "false"}}


def test_old_versions_and_stale_uploads_expire(recorder: Recorder, run: Run) -> None:
    args: ArtifactStoreArgs = {**STORE, "noncurrent_version_days": 30.0, "abort_upload_days": 3.0}  # type: ignore
    run(lambda: ArtifactStore("store", args))
    stale, old = recorder.one(LIFECYCLE, "store-lifecycle")["rules"]
    assert stale["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 3}
    assert old["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert old["expiration"] == {"expiredObjectDeleteMarker": True}
    assert {rule["status"] for rule in (stale, old)} == {"Enabled"}


def test_consumers_are_granted_single_prefixes_and_the_key(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: ArtifactStore("store", {**STORE, "prefixes": ["models/", "runs"]}))
    assert outputs["uri"] == f"s3://{NAME}"
    assert outputs["bucket_arn"] == ARN
    for policies, action, key_action in (
        (outputs["reader_policies"], "s3:GetObject", "kms:Decrypt"),
        (outputs["writer_policies"], "s3:PutObject", "kms:GenerateDataKey"),
    ):
        assert set(policies) == {"models", "runs"}
        listing, objects, key = json.loads(policies["models"])["Statement"]
        # `models*` would open `models-secret` too.
        assert listing["Condition"] == {"StringLike": {"s3:prefix": ["models", "models/*"]}}
        assert objects["Resource"] == f"{ARN}/models/*"
        assert action in objects["Action"]
        assert key["Resource"] == "arn:key"
        assert key_action in key["Action"]
    reader = json.loads(outputs["reader_policies"]["models"])["Statement"][1]["Action"]
    assert not [action for action in reader if "Put" in action or "Delete" in action]
    writer = json.loads(outputs["writer_policies"]["models"])["Statement"][1]["Action"]
    assert not [action for action in writer if "Delete" in action]


@pytest.mark.parametrize("force_destroy", [True, False])
def test_retention_cannot_be_bypassed_unless_the_store_is_disposable(
    recorder: Recorder, run: Run, force_destroy: bool
) -> None:
    lock = {"mode": RetentionMode.GOVERNANCE, "days": 2.0}
    run(lambda: ArtifactStore("store", {**STORE, "object_lock": lock, "force_destroy": force_destroy}))  # type: ignore
    assert recorder.one(BUCKET, "store")["objectLockEnabled"] is True
    assert recorder.one(LOCK, "store-object-lock")["rule"] == {"defaultRetention": {"mode": "GOVERNANCE", "days": 2}}
    assert ("DenyRetentionBypass" in sids(recorder, "store")) is not force_destroy


def test_a_copy_lies_in_another_region_under_its_own_key(recorder: Recorder, run: Run) -> None:
    replica = {"region": "eu-west-1", "kms_key_arn": "arn:copy-key"}
    outputs = run(lambda: ArtifactStore("store", {**STORE, "replica": replica}))  # type: ignore
    assert outputs["replica_bucket_name"] == "store-replica-0000000"
    copies = [one for one in recorder.found if f"{one.name}-".startswith("store-replica-") and "aws:s3" in one.type]
    assert {one.inputs["region"] for one in copies} == {"eu-west-1"}
    (rule,) = recorder.one(ENCRYPTION, "store-replica-encryption")["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == "arn:copy-key"
    (config,) = recorder.of(S3("bucketReplicationConfig", "BucketReplicationConfig"))
    (rule,) = config.inputs["rules"]
    assert rule["destination"] == {
        "bucket": "arn:aws:s3:::store-replica-0000000",
        "encryptionConfiguration": {"replicaKmsKeyId": "arn:copy-key"},
    }
    grants = recorder.statements("aws:iam/rolePolicy:RolePolicy", "store-replication")
    assert {"arn:key", "arn:copy-key", f"{ARN}/*"} < {grant["Resource"] for grant in grants}
    (trust,) = recorder.statements("aws:iam/role:Role", "store-replication", "assumeRolePolicy")
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_access_logs_take_deliveries_of_this_account_only(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: AccessLogs("logs", {"tags": TAGS, "retention_days": 10}))
    assert outputs["bucket_name"] == "logs-0000000"
    (rule,) = recorder.one(ENCRYPTION, "logs-encryption")["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}, "bucketKeyEnabled": False}
    assert not recorder.of(LOGGING)
    found = sids(recorder, "logs")
    assert set(found) == {"DenyPlainTransport", "DenyOldTls", "DeliverAccessLogs"}
    assert found["DeliverAccessLogs"]["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert found["DeliverAccessLogs"]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    expiry = recorder.one(LIFECYCLE, "logs-lifecycle")["rules"][1]
    assert expiry["expiration"] == {"days": 10}
    assert expiry["noncurrentVersionExpiration"] == {"noncurrentDays": 10}


def audit(**more: Any) -> AuditTrail:
    lock = {"mode": RetentionMode.COMPLIANCE, "days": 365}
    args = {"kms_key_arn": "arn:key", "log_bucket": "logs", "object_lock": lock, "tags": TAGS, **more}
    return AuditTrail("audit", args)  # type: ignore


def test_the_trail_covers_everything_and_is_watched(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: audit(data_event_bucket_arns=["arn:aws:s3:::data"]))
    (trail,) = recorder.of("aws:cloudtrail/trail:Trail")
    inputs = dict(trail.inputs)
    management, data = inputs.pop("advancedEventSelectors")
    assert inputs == {
        "name": "ml-platform-dev-audit",
        "s3BucketName": "audit-0000000",
        "isMultiRegionTrail": True,
        "includeGlobalServiceEvents": True,
        "enableLogFileValidation": True,
        "kmsKeyId": "arn:key",
        "cloudWatchLogsGroupArn": "arn:audit:*",
        "cloudWatchLogsRoleArn": "arn:audit-delivery",
        "tags": {**ALL_TAGS, "component": "audit"},
    }
    assert management["fieldSelectors"] == [{"field": "eventCategory", "equals": ["Management"]}]
    assert {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::data/"]} in data["fieldSelectors"]
    assert recorder.one("aws:cloudwatch/logGroup:LogGroup", "audit") == {
        "name": "/aws/cloudtrail/ml-platform-dev-audit",
        "kmsKeyId": "arn:key",
        "retentionInDays": 365,
        "tags": {**ALL_TAGS, "component": "audit"},
    }
    assert outputs["log_group_name"] == "/aws/cloudtrail/ml-platform-dev-audit"


def test_data_events_are_recorded_only_where_asked_for(recorder: Recorder, run: Run) -> None:
    run(audit)
    (trail,) = recorder.of("aws:cloudtrail/trail:Trail")
    assert len(trail.inputs["advancedEventSelectors"]) == 1


def test_log_files_are_write_once_and_come_from_this_trail(recorder: Recorder, run: Run) -> None:
    run(audit)
    lock = recorder.one(LOCK, "audit-object-lock")
    assert lock["rule"] == {"defaultRetention": {"mode": "COMPLIANCE", "days": 365}}
    found = sids(recorder, "audit")
    assert "DenyRetentionBypass" in found
    arn = f"arn:aws:cloudtrail:eu-central-1:{ACCOUNT}:trail/ml-platform-dev-audit"
    assert found["CheckBucket"]["Condition"] == {"StringEquals": {"aws:SourceArn": arn}}
    assert found["WriteLogFiles"]["Resource"] == f"arn:aws:s3:::audit-0000000/AWSLogs/{ACCOUNT}/*"
    assert found["WriteLogFiles"]["Condition"]["StringEquals"]["aws:SourceArn"] == arn
    (grant,) = recorder.statements("aws:iam/rolePolicy:RolePolicy", "audit-delivery")
    assert grant["Resource"] == "arn:audit:log-stream:*"
    assert grant["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
