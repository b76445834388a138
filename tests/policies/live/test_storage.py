"""An account that is set up as it should be, and what the rules say once something of it is not."""

from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from policies._rule import Point
from policies._verdict import Outcome, Verdict
from policies._view import Resource
from policies.audit._services import SERVICES
from policies.findings import judge
from policies.live import cloudtrail, ecr, guards, kms, logs, s3
from policies.live.account import read_account
from policies.live.reader import Collector
from policies.profiles import PROFILES
from policies.registry import RULES
from tests.policies.live.conftest import answer, made, refuse
from tests.policies.live.storage_account import EVENTS, PLACE, Made, spoil
from tests.policies.world import BUCKET

COLLECTORS = (
    *(s3.buckets, kms.keys, ecr.repositories, ecr.scanning, cloudtrail.trails, logs.groups, logs.filters),
    *(logs.alarms, guards.settings, guards.recorders, guards.detectors, guards.hubs, guards.analyzers),
)
MINE = {
    *(f"S3-{number:02}" for number in (*range(1, 10), 11)),
    *(f"KMS-{number:02}" for number in range(1, 5)),
    *(f"ECR-{number:02}" for number in range(1, 6)),
    *(f"AUD-{number:02}" for number in range(1, 7)),
    *("TAG-01", "TAG-02"),
}

Seen = dict[str, list[Verdict]]


def seen(session: boto3.Session) -> Seen:
    """What the rules say of the account, rule by rule."""
    found: Seen = {rule: [] for rule in MINE}
    rules = [rule for rule in RULES if rule.id in MINE]
    for one in judge(read_account(session, COLLECTORS).stack, Point.LIVE, rules):
        found[one.rule.id].append(one.verdict)
    return found


SAID = {
    "S3-01": "`rules[0].applyServerSideEncryptionByDefault.sseAlgorithm` of arn:aws:s3:::audit",
    "S3-02": "`versioningConfiguration.status` of arn:aws:s3:::models",
    "S3-03": "no BucketPublicAccessBlock belongs to arn:aws:s3:::models",
    "S3-04": "no BucketPolicy belongs to arn:aws:s3:::audit",
    "S3-05": "`policy` of arn:aws:s3:::models lets anyone in: statement 1",
    "S3-06": "no BucketLogging belongs to arn:aws:s3:::audit",
    "S3-07": "`rule.defaultRetention.days` of arn:aws:s3:::audit is 30",
    "S3-08": "no BucketOwnershipControls belongs to arn:aws:s3:::models",
    "S3-09": "`rules[1].expiration.days` of arn:aws:s3:::audit is 30",
    "S3-11": "no BucketReplicationConfig belongs to arn:aws:s3:::models",
    "KMS-01": "is false, must be true",
    "KMS-02": "lets anyone in: statement 1",
    "KMS-03": "is about to be deleted",
    "KMS-04": "encrypts a trail, and secrets or artifacts too",
    "ECR-01": "`imageTagMutability` of arn:aws:ecr:eu-central-1:123456789012:repository/serving",
    "ECR-02": "of arn:aws:ecr:eu-central-1:123456789012:repository/serving is off",
    "ECR-03": "of arn:aws:ecr:eu-central-1:123456789012:repository/training",
    "ECR-04": "lets in accounts that are not among `image_accounts`",
    "ECR-05": "expires images with a release tag",
    "AUD-01": "`isMultiRegionTrail` of arn:aws:cloudtrail:eu-central-1:123456789012:trail/audit is false",
    "AUD-02": "no trail records every read and write of the objects of arn:aws:s3:::models",
    "AUD-03": "is 30, must be 365 or more",
    "AUD-05": "`rule.defaultRetention.mode` of arn:aws:s3:::audit",
    "AUD-06": f"looks for {', '.join(EVENTS)}",
    "TAG-01": "repository/training lack environment, owner",
    "TAG-02": "`tags.content` of arn:aws:s3:::access-logs",
}
"""What a rule says of what was spoilt; AUD-04 names what is missing."""


@pytest.fixture(scope="module")
def verdicts() -> tuple[Seen, Seen]:
    """What the rules say before and after; an account takes seconds to make, so there is one."""
    with mock_aws():
        session = made()
        account = Made(session)
        good = seen(session)
        spoil(account)
        return good, seen(session)


@pytest.mark.parametrize("rule", sorted(MINE))
def test_a_good_account_passes(verdicts: tuple[Seen, Seen], rule: str) -> None:
    found = {verdict.outcome for verdict in verdicts[0][rule]}
    assert found <= {Outcome.PASS, Outcome.NOT_APPLICABLE}
    assert (Outcome.PASS in found) != (rule == "S3-11"), "nothing in it asks for a copy"


@pytest.mark.parametrize("rule", sorted(MINE - {"AUD-04"}))
def test_what_is_no_longer_good_fails(verdicts: tuple[Seen, Seen], rule: str) -> None:
    failures = [verdict.message for verdict in verdicts[1][rule] if verdict.outcome is Outcome.FAIL]
    assert [message for message in failures if SAID[rule] in message], verdicts[1][rule]


def test_an_account_that_nothing_watches_is_told_what_it_lacks(verdicts: tuple[Seen, Seen]) -> None:
    [verdict] = verdicts[1]["AUD-04"]
    assert verdict.outcome is Outcome.FAIL
    assert set(verdict.findings) == set(PROFILES["prod"].account_services)


@pytest.mark.parametrize(
    ("call", "rule"),
    [
        ("s3.GetBucketEncryption", "S3-01"),
        ("s3.GetBucketVersioning", "S3-02"),
        ("s3.GetPublicAccessBlock", "S3-03"),
        ("s3.GetBucketPolicy", "S3-04"),
        ("s3.GetBucketLogging", "S3-06"),
        ("s3.GetObjectLockConfiguration", "S3-07"),
        ("s3.GetBucketOwnershipControls", "S3-08"),
        ("s3.GetBucketLifecycleConfiguration", "S3-09"),
        ("s3.GetBucketTagging", "TAG-01"),
    ],
)
def test_what_may_not_be_read_of_a_bucket_is_undecided(session: boto3.Session, call: str, rule: str) -> None:
    session.client("s3").create_bucket(
        Bucket="models", CreateBucketConfiguration=PLACE, ObjectLockEnabledForBucket=True
    )
    refuse(session, call)
    stack = read_account(session, [s3.buckets]).stack
    trail = Resource("aws:cloudtrail/trail:Trail", "trail", {"s3BucketName": "models"})
    stack = replace(stack, resources=(*stack.resources, trail))
    [judged] = [one for one in RULES if one.id == rule]
    [bucket] = [one for one in stack.resources if one.type == BUCKET]
    assert judged.judge(bucket, stack).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("call", "collector"),
    [
        ("config.DescribeConfigurationRecorderStatus", guards.recorders),
        ("guardduty.ListDetectors", guards.detectors),
        ("securityhub.DescribeHub", guards.hubs),
        ("accessanalyzer.ListAnalyzers", guards.analyzers),
        ("ec2.GetEbsEncryptionByDefault", guards.settings),
        ("s3-control.GetPublicAccessBlock", guards.settings),
    ],
)
def test_a_guard_that_may_not_be_looked_at_is_not_missing(
    session: boto3.Session, call: str, collector: Collector
) -> None:
    refuse(session, call)
    found = read_account(session, [collector]).stack.resources
    parts = [part for parts in SERVICES.values() for part in parts]
    asked = [part.judge(list(found)).outcome for part in parts if part.type in collector.types]
    assert Outcome.UNKNOWN in asked
    assert Outcome.PASS not in asked


def test_a_key_that_may_not_be_looked_at_is_undecided(session: boto3.Session) -> None:
    session.client("kms").create_key()
    refuse(session, "kms.DescribeKey")
    found = judge(read_account(session, [kms.keys]).stack, Point.LIVE, [one for one in RULES if one.id == "KMS-01"])
    assert [one.outcome for one in found] == [Outcome.UNKNOWN]


def test_keys_that_aws_manages_are_nobodys_business(session: boto3.Session) -> None:
    arn = session.client("kms").create_key()["KeyMetadata"]["Arn"]
    answer(session, "kms.DescribeKey", {"KeyMetadata": {"Arn": arn, "KeyManager": "AWS"}})
    assert read_account(session, [kms.keys]).stack.resources == ()


def test_an_advanced_selector_is_read_as_pulumi_writes_it(session: boto3.Session) -> None:
    session.client("s3").create_bucket(Bucket="audit", CreateBucketConfiguration=PLACE)
    session.client("cloudtrail").create_trail(Name="audit", S3BucketName="audit")
    conditions = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::models/"], "NotEndsWith": ["/"]},
    ]
    selectors = [{"Name": "objects", "FieldSelectors": conditions}]
    session.client("cloudtrail").put_event_selectors(TrailName="audit", AdvancedEventSelectors=selectors)
    [trail] = read_account(session, [cloudtrail.trails]).stack.resources
    assert trail.get("advancedEventSelectors[0].fieldSelectors") == [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.ARN", "startsWiths": ["arn:aws:s3:::models/"], "notEndsWiths": ["/"]},
    ]
