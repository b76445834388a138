import json
from collections import Counter
from typing import Any

import pytest

from components import ArtifactStore, ArtifactStoreArgs, RetentionMode
from tests.components.conftest import ACCOUNT, ALL_TAGS, TAGS, Recorder, Run
from tests.components.iam import decide

STORE: ArtifactStoreArgs = {"kms_key_arn": "arn:key", "log_bucket": "logs", "tags": TAGS}
REPLICA = {"region": "eu-west-1", "kms_key_arn": "arn:copy-key"}
LOCK = {"mode": RetentionMode.GOVERNANCE, "days": 2}
ARN, COPY = "arn:aws:s3:::store-0000000", "arn:aws:s3:::store-replica-0000000"


def store(**more: Any) -> ArtifactStore:
    return ArtifactStore("store", {**STORE, **more})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(("more", "locks"), [({}, 0), ({"object_lock": LOCK}, 1)], ids=["plain", "locked"])
def test_a_store_is_one_bucket_and_its_settings(recorder: Recorder, run: Run, more: dict[str, Any], locks: int) -> None:
    run(lambda: store(**more))
    assert recorder.inputs("Bucket", "store")["objectLockEnabled"] is bool(locks)
    assert recorder.kinds() == Counter(
        [
            "ArtifactStore",
            "SecureBucket",
            "Bucket",
            "BucketVersioning",
            "BucketServerSideEncryptionConfiguration",
            "BucketPublicAccessBlock",
            "BucketOwnershipControls",
            "BucketPolicy",
            "BucketLifecycleConfiguration",
            "BucketLogging",
            *["BucketObjectLockConfiguration"] * locks,
        ]
    )


def test_old_versions_expire(recorder: Recorder, run: Run) -> None:
    run(store)
    assert recorder.inputs("BucketLifecycleConfiguration", "store-lifecycle")["rules"][1] == {
        "id": "expire-noncurrent-versions",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "noncurrentVersionExpiration": {"noncurrentDays": 90},
        "expiration": {"expiredObjectDeleteMarker": True},
    }


def test_the_outputs_are_what_consumers_compose(run: Run) -> None:
    outputs = run(lambda: store(prefixes=["models/", "runs"]))
    assert set(outputs.pop("reader_policies")) == set(outputs.pop("writer_policies")) == {"models", "runs"}
    assert outputs == {
        "bucket_name": "store-0000000",
        "bucket_arn": ARN,
        "uri": "s3://store-0000000",
        "replica_bucket_name": None,
    }


@pytest.mark.parametrize(
    ("action", "resource", "readers", "writers"),
    [
        ("s3:GetObject", f"{ARN}/models/a", "Allow", "no"),
        ("s3:PutObject", f"{ARN}/models/a", "no", "Allow"),
        ("s3:AbortMultipartUpload", f"{ARN}/models/a", "no", "Allow"),
        ("s3:GetObject", f"{ARN}/models-secret/a", "no", "no"),
        ("s3:PutObject", f"{ARN}/models-secret/a", "no", "no"),
        ("s3:GetObject", f"{ARN}/runs/a", "no", "no"),
        ("s3:DeleteObject", f"{ARN}/models/a", "no", "no"),
        ("s3:DeleteObjectVersion", f"{ARN}/models/a", "no", "no"),
        ("s3:PutObjectRetention", f"{ARN}/models/a", "no", "no"),
        ("s3:PutBucketPolicy", ARN, "no", "no"),
        ("kms:Decrypt", "arn:key", "Allow", "Allow"),
        ("kms:GenerateDataKey", "arn:key", "no", "Allow"),
        ("kms:Decrypt", "arn:other", "no", "no"),
    ],
)
def test_consumers_are_granted_one_prefix_and_the_key(
    run: Run, action: str, resource: str, readers: str, writers: str
) -> None:
    outputs = run(lambda: store(prefixes=["models"]))
    for policies, answer in ((outputs["reader_policies"], readers), (outputs["writer_policies"], writers)):
        assert decide(json.loads(policies["models"])["Statement"], action, resource) == answer


@pytest.mark.parametrize("policies", ["reader_policies", "writer_policies"])
@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("models/", "Allow"),
        ("models/a/", "Allow"),
        ("runs/", "no"),
        ("models-secret/", "no"),
        ("", "no"),
        (None, "no"),
        # S3 lists by how a key begins: this one would show `models-secret/` too.
        ("models", "no"),
    ],
)
def test_listing_shows_no_other_prefix(run: Run, policies: str, asked: str | None, answer: str) -> None:
    outputs = run(lambda: store(prefixes=["models"]))
    context = {} if asked is None else {"s3:prefix": asked}
    statements = json.loads(outputs[policies]["models"])["Statement"]
    for action in ("s3:ListBucket", "s3:ListBucketVersions"):
        assert decide(statements, action, ARN, context=context) == answer


@pytest.mark.parametrize("prefix", ["", "/", "*", "mod?ls", "a/*/b"])
def test_a_prefix_that_would_grant_more_than_itself_is_refused(run: Run, prefix: str) -> None:
    with pytest.raises(ValueError, match=r"prefixes.*allowed"):
        run(lambda: store(prefixes=[prefix]))


def test_a_copy_lies_in_another_region_under_its_own_key(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: store(replica=REPLICA, object_lock=LOCK))
    assert outputs["replica_bucket_name"] == "store-replica-0000000"
    copies = [one for one in recorder.found if one.parent == "SecureBucket store-replica"]
    assert len(copies) == 8
    assert {one.inputs["region"] for one in copies} == {"eu-west-1"}
    assert recorder.inputs("Bucket", "store-replica", "region") == {
        "forceDestroy": False,
        "objectLockEnabled": True,
        "tags": {**ALL_TAGS, "component": "store-replica"},
    }
    (rule,) = recorder.inputs("BucketServerSideEncryptionConfiguration", "store-replica-encryption")["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == "arn:copy-key"
    statements = recorder.statements("BucketPolicy", "store-replica-policy")
    assert decide(statements, "s3:GetObject", f"{COPY}/a", context={"aws:SecureTransport": "false"}) == "Deny"


def test_everything_is_replicated_encrypted(recorder: Recorder, run: Run) -> None:
    run(lambda: store(replica=REPLICA))
    config = recorder.one("BucketReplicationConfig", "store-replication")
    assert config.inputs == {
        "bucket": "store-0000000",
        "role": f"arn:aws:iam::{ACCOUNT}:role/store-replication-0000000",
        "rules": [
            {
                "id": "everything",
                "status": "Enabled",
                "priority": 1,
                "filter": {"prefix": ""},
                "deleteMarkerReplication": {"status": "Enabled"},
                "sourceSelectionCriteria": {"sseKmsEncryptedObjects": {"status": "Enabled"}},
                "destination": {"bucket": COPY, "encryptionConfiguration": {"replicaKmsKeyId": "arn:copy-key"}},
            }
        ],
    }
    assert config.depends >= {
        "BucketVersioning store-versioning",
        "BucketVersioning store-replica-versioning",
        "RolePolicy store-replication",
    }


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("s3:GetReplicationConfiguration", ARN, "Allow"),
        ("s3:GetObjectVersionForReplication", f"{ARN}/a", "Allow"),
        ("s3:GetObjectVersionTagging", f"{ARN}/a", "Allow"),
        ("s3:ReplicateObject", f"{COPY}/a", "Allow"),
        ("s3:ReplicateDelete", f"{COPY}/a", "Allow"),
        ("kms:Decrypt", "arn:key", "Allow"),
        ("kms:Encrypt", "arn:copy-key", "Allow"),
        # Without these two, objects under retention are not replicated.
        ("s3:GetObjectRetention", f"{ARN}/a", "Allow"),
        ("s3:GetObjectLegalHold", f"{ARN}/a", "Allow"),
        ("kms:Encrypt", "arn:key", "no"),
        ("kms:Decrypt", "arn:copy-key", "no"),
        ("s3:PutObject", f"{ARN}/a", "no"),
        ("s3:GetObject", f"{COPY}/a", "no"),
        ("s3:DeleteObject", f"{COPY}/a", "no"),
    ],
)
def test_the_replication_role_can_copy_and_nothing_else(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    run(lambda: store(replica=REPLICA, object_lock=LOCK))
    assert decide(recorder.statements("RolePolicy", "store-replication"), action, resource) == answer


@pytest.mark.parametrize(("account", "answer"), [(ACCOUNT, "Allow"), ("210987654321", "no")])
def test_only_s3_on_behalf_of_this_account_replicates(recorder: Recorder, run: Run, account: str, answer: str) -> None:
    run(lambda: store(replica=REPLICA))
    trust = [{"Resource": "*", **one} for one in recorder.statements("Role", "store-replication", "assumeRolePolicy")]
    context = {"aws:SourceAccount": account}
    assert decide(trust, "sts:AssumeRole", caller="s3.amazonaws.com", context=context) == answer
    assert decide(trust, "sts:AssumeRole", caller="ec2.amazonaws.com", context=context) == "no"
