"""An emulated account: what it lacks is a state of its own, never a pass and never a failure."""

import boto3
import pytest

from mlp.observe import _emulation
from policies._rule import Point
from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.findings import Finding, judge
from policies.live import budgets, eks, guards, s3
from policies.live.account import Account, read_account
from policies.live.emulation import Emulation
from policies.live.reader import Collector
from sandbox.aws.tables import KINDS
from tests.policies.live.conftest import refuse

LACKING = Emulation(
    types=frozenset({"aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"}),
    properties={"aws:s3/bucket:Bucket": ("tags",)},
    services=frozenset({"accessanalyzer", "s3control"}),
)


def read(session: boto3.Session, *collectors: Collector, emulation: Emulation | None = LACKING) -> Account:
    return read_account(session, collectors, emulation=emulation)


def found(account: Account, rule: str) -> list[Finding]:
    return [one for one in judge(account.stack, Point.LIVE) if one.rule.id == rule]


def test_a_forgotten_property_is_not_known_and_its_verdict_not_emulated(session: boto3.Session) -> None:
    session.client("s3").create_bucket(
        Bucket="models", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    account = read(session, s3.buckets)
    [bucket] = account.stack.by_type["aws:s3/bucket:Bucket"]
    assert bucket.properties["tags"] is UNKNOWN
    outcomes = {one.outcome for one in found(account, "TAG-01") if one.resource == bucket}
    assert outcomes == {Outcome.NOT_EMULATED}
    assert {one.outcome for one in found(account, "S3-03")} == {Outcome.FAIL}, "what is emulated is judged"
    real = read(session, s3.buckets, emulation=None)
    assert {one.outcome for one in found(real, "TAG-01") if one.resource.type == bucket.type} == {Outcome.FAIL}


def test_a_service_that_is_not_emulated_is_not_called_and_is_no_gap(session: boto3.Session) -> None:
    account = read(session, guards.analyzers)
    assert not account.errors
    assert {one.outcome for one in judge(account.stack, Point.LIVE)} == {Outcome.NOT_EMULATED}
    assert not read(session, guards.settings).errors
    assert read(session, guards.analyzers, emulation=None).errors


@pytest.mark.parametrize("code", ["404", "500", "501"])
def test_a_call_that_is_not_emulated_is_no_gap_of_an_emulated_account_alone(session: boto3.Session, code: str) -> None:
    refuse(session, "budgets.DescribeBudgets", code)
    assert not read(session, budgets.budgets).errors
    assert read(session, budgets.budgets, emulation=None).errors


@pytest.mark.parametrize("code", ["AccessDenied", "InternalFailure"])
def test_what_is_hidden_otherwise_stays_not_known(session: boto3.Session, code: str) -> None:
    refuse(session, "eks.ListClusters", code)
    account = read(session, eks.clusters)
    assert account.denied or account.errors
    assert {one.outcome for one in judge(account.stack, Point.LIVE)} == {Outcome.UNKNOWN}


def test_the_sandbox_s_tables_say_what_the_audit_does_not_take_for_aws() -> None:
    emulation = _emulation()
    assert emulation.types == {kind.token for kind in KINDS.values() if not kind.emulated}
    assert {(kind.token, name) for kind in KINDS.values() if kind.emulated for name in kind.recorded} == {
        (token, name) for token, names in emulation.properties.items() for name in names
    }
    assert "accessanalyzer" in emulation.services
    assert "s3" not in emulation.services


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-2"])
def test_the_region_of_a_bucket_is_read(session: boto3.Session, region: str) -> None:
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    session.client("s3", region_name=region).create_bucket(Bucket="models", **place)
    [bucket] = read(session, s3.buckets, emulation=None).stack.by_type["aws:s3/bucket:Bucket"]
    assert bucket.properties["region"] == region
