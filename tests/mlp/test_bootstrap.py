"""What `mlp bootstrap` makes in an account, and what it deletes."""

import json
from unittest.mock import ANY

import boto3
import pytest

from mlp import state
from policies._rule import Point
from policies._verdict import Outcome
from policies.findings import judge
from policies.live import kms, s3
from policies.live.account import read_account
from stacks.settings import Settings
from tests.mlp.test_cloud import ALIAS, BUCKET, DEV, run

LOGS = f"{BUCKET}-logs"
SETTLED = (Outcome.PASS, Outcome.NOT_APPLICABLE)


def test_bootstrap_makes_a_state_that_is_versioned_encrypted_and_closed(account: boto3.Session) -> None:
    assert state.bootstrap(account, DEV) == [ALIAS, LOGS, BUCKET]
    s3, kms = account.client("s3"), account.client("kms")
    key = kms.describe_key(KeyId=ALIAS)["KeyMetadata"]
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key["Arn"]}
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    statements = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert {one["Effect"] for one in statements} == {"Deny"}
    assert "s3:DeleteObjectVersion" in {one["Action"] for one in statements}
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]}
    assert {"environment": "dev", "owner": "ml-platform", "cost-centre": "ml-0001"}.items() <= tags.items()


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_no_rule_refuses_or_advises_on_what_bootstrap_makes(account: boto3.Session, environment: str) -> None:
    settings = DEV.model_copy(update={"environment": Settings.from_file(environment).environment})
    state.bootstrap(account, settings)
    read = read_account(account, [s3.buckets, kms.keys], environment=environment)
    findings = list(judge(read.stack, Point.LIVE))
    assert {one.resource.urn for one in findings} >= {
        f"arn:aws:s3:::{one}" for one in (settings.state_bucket, f"{settings.state_bucket}-logs")
    }
    assert [(one.rule.id, one.verdict.message) for one in findings if one.outcome not in SETTLED] == []


def test_bootstrap_deletes_an_unused_default_vpc_only_when_told(account: boto3.Session) -> None:
    ec2 = account.client("ec2")
    code, told = run("bootstrap", "dev")
    assert code == 0, told
    assert "bootstrap dev --delete-default-vpc" in told
    assert ec2.describe_vpcs()["Vpcs"]
    assert "deleted the default VPC" in run("bootstrap", "dev", "--delete-default-vpc")[1]
    assert ec2.describe_vpcs()["Vpcs"] == []
    assert "default VPC" not in run("bootstrap", "dev")[1]


def test_bootstrap_leaves_a_default_vpc_that_something_uses(account: boto3.Session) -> None:
    ec2 = account.client("ec2")
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    user = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    code, told = run("bootstrap", "dev", "--delete-default-vpc")
    assert code == 0, told
    assert f"the default VPC {vpc['VpcId']} stays: it is used by {user}" in told
    assert ec2.describe_vpcs()["Vpcs"] == [vpc]


def test_bootstrap_can_be_repeated_and_makes_good_what_somebody_changed(account: boto3.Session) -> None:
    state.bootstrap(account, DEV)
    s3 = account.client("s3")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_public_access_block(Bucket=BUCKET)
    assert state.bootstrap(account, DEV) == []
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=BUCKET)
    assert len(account.client("kms").list_keys()["Keys"]) == 1


def test_a_bootstrap_that_was_interrupted_is_completed(account: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(state, "policy", lambda *given: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            state.bootstrap(account, DEV)
    assert state.bootstrap(account, DEV) == []
    assert account.client("s3").get_bucket_policy(Bucket=BUCKET)


def test_the_verb_tells_where_state_and_secrets_lie(account: boto3.Session) -> None:
    code, told = run("bootstrap", "dev", "--json")
    assert code == 0, told
    assert json.loads(told) == {
        "ok": True,
        "stack": "dev",
        "made": [ALIAS, LOGS, BUCKET],
        "backend": f"s3://{BUCKET}?region=eu-central-1&awssdk=v2",
        "secrets_provider": f"awskms://{ALIAS}?region=eu-central-1&awssdk=v2",
        "key": state.key_arn(account, DEV),
        "notes": [ANY],
    }
    assert "all was there" in run("bootstrap", "dev")[1]
