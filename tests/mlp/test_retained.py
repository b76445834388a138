"""What stays when a stack is destroyed, and what the report states: why, until when, at what price."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from mlp import stopped
from mlp.retained import Retained, retained
from tests.mlp.test_cloud import bootstrap, calls, put_state, run
from tests.mlp.test_stopped import OURS, database

REGION = "eu-central-1"
BUCKET, KEY, SECRET = "aws:s3/bucket:Bucket", "aws:kms/key:Key", "aws:secretsmanager/secret:Secret"


def of(type_: str, id_: str, keep: bool = True, **inputs: Any) -> dict[str, Any]:
    """A resource as a state has it."""
    known = {"type": type_, "id": id_, "custom": True, "inputs": inputs, "outputs": {"region": REGION}}
    return {**known, "retainOnDelete": True} if keep else known


def asked(account: boto3.Session, *before: dict[str, Any]) -> list[Retained]:
    return retained(before, lambda service, region: account.client(service, region_name=region))


def locked(account: boto3.Session, name: str, *sizes: int) -> None:
    """A bucket in compliance mode with an object of each size."""
    s3, where = account.client("s3"), {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True, CreateBucketConfiguration=where)
    rule = {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 365}}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=lock)
    for number, size in enumerate(sizes):
        s3.put_object(Bucket=name, Key=str(number), Body=b"x" * size)


def in_days(days: int) -> date:
    return (datetime.now(UTC) + timedelta(days=days)).date()


def test_a_bucket_in_compliance_mode_stays_until_the_last_retention_ends_and_is_charged_by_size(
    account: boto3.Session,
) -> None:
    locked(account, "audit", 2**20, 2**20)
    (found,) = asked(account, of(BUCKET, "audit"), of("aws:s3/bucketPolicy:BucketPolicy", "audit", bucket="audit"))
    assert found.until == in_days(366)
    assert found.usd == pytest.approx(0.023 * 2 / 1024)
    assert found.reason == (
        f"S3 Object Lock in COMPLIANCE mode keeps its 2 object versions until {in_days(366)}; "
        "0.00 USD a month (https://aws.amazon.com/s3/pricing/)"
    )


def test_a_bucket_that_got_nothing_can_be_deleted(account: boto3.Session) -> None:
    locked(account, "audit")
    (found,) = asked(account, of(BUCKET, "audit"))
    assert found.reason == "it is empty; `aws s3api delete-bucket --bucket audit` deletes it; free of charge"


def test_a_key_stays_as_long_as_what_it_decrypts(account: boto3.Session) -> None:
    locked(account, "audit", 1)
    key, _ = asked(account, of(KEY, "1234"), of(BUCKET, "audit"))
    assert key.reason == (
        f"it decrypts what is retained until {in_days(366)}; 1.00 USD a month (https://aws.amazon.com/kms/pricing/)"
    )


def test_what_waits_for_its_deletion_names_the_day(account: boto3.Session) -> None:
    kms, secrets = account.client("kms"), account.client("secretsmanager")
    key, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    secret = secrets.create_secret(Name="password", SecretString="x")["ARN"]
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=14)
    states = (of(KEY, key, False), of(KEY, other, False), of(SECRET, secret, False), of(SECRET, "gone", False))
    assert [(one.name, one.until, one.usd) for one in asked(account, *states)] == [
        (key, in_days(7), 0),
        (secret, in_days(14), 0),
    ]


def test_what_others_use_stays_and_costs_nothing(account: boto3.Session) -> None:
    role = of("aws:iam/serviceLinkedRole:ServiceLinkedRole", "AWSServiceRoleForEC2Spot")
    (found,) = asked(account, role)
    assert found.reason == "others in the account use it; free of charge"


def test_a_refused_look_is_told_and_hides_nothing(account: boto3.Session) -> None:
    account.client("s3").create_bucket(Bucket="audit", CreateBucketConfiguration={"LocationConstraint": REGION})
    (found,) = asked(account, of(BUCKET, "audit"))
    assert found.reason.startswith("cannot be read: ")


def test_down_of_a_real_account_starts_what_is_stopped_and_says_what_stays(
    account: boto3.Session,
    engine: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bootstrap(account)
    locked(account, "audit", 1)
    monkeypatch.setattr(stopped, "SECONDS", 0)
    put_state(account, more=[of(BUCKET, "audit")])
    made = database(account, "ours", OURS)
    for options in ((), ("--yes",)):
        made.status = "stopped"
        code, told = run("down", "dev", *options)
        assert code == 0, told
        assert made.status == "available"
        assert "the database ours is stopped: starting it" in told
        assert (
            "retained: aws:s3/bucket:Bucket audit: S3 Object Lock in COMPLIANCE mode keeps its 1 object versions"
            in told
        )
    (kept,) = json.loads(run("down", "dev", "--yes", "--json")[1].splitlines()[-1])["retained"]
    assert f"until {in_days(366)}" in kept


def test_a_cluster_that_is_gone_is_forgotten_on_demand_only(account: boto3.Session, engine: Path) -> None:
    bootstrap(account)
    for options, wanted in (((), None), (("--forget-cluster",), "true")):
        code, told = run("down", "dev", *options)
        assert code == 0, told
        assert calls(engine)[-1][1].get("PULUMI_K8S_DELETE_UNREACHABLE") == wanted
    code, told = run("down", "dev", "--sandbox", "--forget-cluster")
    assert code == 1
    assert "--forget-cluster is for a real account" in told
