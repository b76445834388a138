from collections.abc import Iterator

import boto3
import pytest

from policies._rule import Point, Rule
from policies._verdict import Outcome
from policies._view import Resource, Stack
from policies.findings import judge
from policies.live import COLLECTORS, s3
from policies.live.account import AccountUnreachableError, Progress, read_account
from policies.live.reader import Reader, collects
from policies.registry import RULES
from tests.policies.live.conftest import refuse

BUCKET = "aws:s3/bucket:Bucket"


@collects(BUCKET)
def broken(read: Reader) -> Iterator[Resource]:
    yield Resource(BUCKET, "arn:aws:s3:::first")
    raise KeyError("hunter2")


@collects("aws:iam/user:User")
def lacking(read: Reader) -> Iterator[Resource]:
    for item in read.list("iam", "list_users_of_another_planet", "Users"):
        yield Resource("aws:iam/user:User", item["Arn"])


def test_reads_the_account_in_the_order_of_the_collectors_and_tells_of_progress(session: boto3.Session) -> None:
    session.client("s3").create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    seen: list[Progress] = []
    account = read_account(session, (s3.buckets, lacking), seen.append, environment="dev")
    assert (account.number, account.region, account.stack.name) == ("123456789012", "eu-central-1", "dev")
    assert account.stack.resources[0].urn == "arn:aws:s3:::data"
    assert [(one.done, one.total) for one in seen] == [(1, 2), (2, 2)]
    assert {one.collector for one in seen} == {"s3.buckets", "test_account.lacking"}


def test_a_denied_listing_leaves_every_rule_on_what_it_would_list_undecided(session: boto3.Session) -> None:
    refuse(session, "s3.ListBuckets")
    account = read_account(session, (s3.buckets,))
    assert account.denied == {"s3:ListAllMyBuckets"}
    found = [one for one in judge(account.stack, Point.LIVE) if one.rule.id.startswith("S3-")]
    assert {one.rule.id for one in found} >= {"S3-01", "S3-02", "S3-03", "S3-04"}
    assert {one.outcome for one in found} == {Outcome.UNKNOWN}
    assert {one.verdict.message for one in found} == {"the audit role may not call s3:ListAllMyBuckets"}


def test_what_was_not_listed_may_belong_to_what_was() -> None:
    """A bucket of which nobody can tell whether something beside it versions it is neither good nor bad."""
    [rule] = [one for one in RULES if one.id == "S3-02"]
    bucket = Resource(BUCKET, "arn:aws:s3:::data", {"bucket": "data"})
    hidden = Resource("aws:s3/bucketVersioning:BucketVersioning", "arn:aws:s3:::*", unread="denied")
    assert rule.judge(bucket, Stack("prod", (bucket,))).outcome is Outcome.FAIL
    assert rule.judge(bucket, Stack("prod", (bucket, hidden))).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_rule_judges_what_was_not_read(rule: Rule) -> None:
    token = rule.types[0].replace("*", "s3/bucket:Bucket")
    hidden = Resource(token, "arn:aws:s3:::*", protect=None, unread="denied")
    verdict = rule.judge(hidden, Stack("prod", (hidden,)))
    assert (verdict.outcome, verdict.message) == (Outcome.UNKNOWN, "denied")


def test_a_denied_detail_leaves_the_rule_on_it_undecided(session: boto3.Session) -> None:
    session.client("s3").create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    refuse(session, "s3.GetBucketVersioning")
    account = read_account(session, (s3.buckets,))
    [found] = [one for one in judge(account.stack, Point.LIVE) if one.rule.id == "S3-02"]
    assert found.outcome is Outcome.UNKNOWN


def test_a_collector_that_fails_takes_nothing_with_it(session: boto3.Session) -> None:
    account = read_account(session, (broken, lacking))
    assert account.errors == {
        "test_account.broken: collector": "the collector is defective: KeyError",
        "test_account.lacking: iam:list_users_of_another_planet": "KeyError",
    }
    assert [(one.urn, bool(one.unread)) for one in account.stack.resources] == [
        ("arn:aws:s3:::first", False),
        ("arn:aws:s3:eu-central-1:123456789012:*", True),
        ("arn:aws:iam:eu-central-1:123456789012:*", True),
    ]


def test_credentials_that_a_region_does_not_accept_end_the_audit(session: boto3.Session) -> None:
    refuse(session, "sts.GetCallerIdentity", "InvalidClientTokenId")
    with pytest.raises(AccountUnreachableError, match=r"eu-central-1 \(InvalidClientTokenId\).* opt in"):
        read_account(session, ())
    with pytest.raises(AccountUnreachableError, match="no region"):
        read_account(boto3.Session("id", "secret"), ())


def test_collectors_have_names_of_their_own_and_yield_what_they_say(session: boto3.Session) -> None:
    assert len({one.name for one in COLLECTORS}) == len(COLLECTORS)
    for collector in COLLECTORS:
        assert collector.types
        assert {found.type for found in collector(Reader(session, "123456789012"))} <= set(collector.types)


def test_every_rule_that_can_be_asked_of_an_account_has_a_collector() -> None:
    read = {token for collector in COLLECTORS for token in collector.types}
    aws = [rule for rule in RULES if Point.LIVE in rule.points and rule.types[0].startswith("aws:")]
    assert [rule.id for rule in aws if not any(rule.covers(token) for token in read)] == []
