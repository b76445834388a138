from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.audit.erasable_audit_logs import RULE
from tests.policies.world import BUCKET, beside, judged, made

LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TRAIL = "aws:cloudtrail/trail:Trail"
BYPASS = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:BypassGovernanceRetention", "Resource": "*"}


def logs(enabled: Any = True) -> Resource:
    return made(BUCKET, "logs", {"objectLockEnabled": enabled})


def verdict(
    retention: Any, enabled: Any = True, stack: str = "prod", token: str = LOCK, denial: Any = None
) -> tuple[Outcome, str]:
    bucket = logs(enabled)
    lock = beside(token, {"rule": {"defaultRetention": retention}}, bucket)
    policy = beside(POLICY, {"policy": {"Statement": [denial or BYPASS]}}, bucket)
    return judged(RULE, bucket, lock, policy, beside(TRAIL, {}, bucket, by="s3BucketName"), stack=stack)


@pytest.mark.parametrize(
    ("stack", "mode", "days"),
    [("local", "GOVERNANCE", 1), ("dev", "GOVERNANCE", 7), ("staging", "GOVERNANCE", 183), ("prod", "COMPLIANCE", 365)],
)
def test_the_floor_of_each_environment(stack: str, mode: str, days: int) -> None:
    assert verdict({"mode": mode, "days": float(days)}, stack=stack) == (Outcome.PASS, "")
    outcome, message = verdict({"mode": mode, "days": days - 1}, stack=stack)
    assert outcome is Outcome.FAIL
    assert f"must be {days} days or more" in message


@pytest.mark.parametrize(
    "denial",
    [
        {**BYPASS, "Effect": "Allow"},
        {**BYPASS, "Principal": {"AWS": "111122223333"}},
        {**BYPASS, "Action": "s3:GetObject"},
        {**BYPASS, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "ml"}}},
    ],
)
def test_governance_mode_yields_to_nobody_where_data_is_protected(denial: Any) -> None:
    retention = {"mode": "GOVERNANCE", "days": 183}
    outcome, message = verdict(retention, stack="staging", denial=denial)
    assert outcome is Outcome.FAIL
    assert "denies everyone `s3:BypassGovernanceRetention`" in message
    assert verdict(retention, stack="dev", denial=denial) == (Outcome.PASS, "")
    assert verdict({**retention, "mode": "COMPLIANCE"}, stack="staging", denial=denial) == (Outcome.PASS, "")


def test_years_count() -> None:
    zero = {"mode": "COMPLIANCE", "years": 0, "days": 365}  # as state reports what is not set
    assert verdict(zero)[0] is verdict({**zero, "years": 1, "days": 0})[0] is Outcome.PASS
    assert verdict({"mode": "COMPLIANCE", "years": 1}, token=LOCK.replace("ion:", "ionV2:") + "V2")[0] is Outcome.PASS


def test_prod_demands_compliance_mode() -> None:
    outcome, message = verdict({"mode": "GOVERNANCE", "days": 400})
    assert outcome is Outcome.FAIL
    assert "`rule.defaultRetention.mode` of logs-BucketObjectLockConfiguration is" in message
    assert message.endswith("must be COMPLIANCE")


@pytest.mark.parametrize("retention", [None, {}, {"mode": "COMPLIANCE"}, {"days": 400}])
def test_fails_without_a_whole_retention(retention: Any) -> None:
    assert verdict(retention)[0] is Outcome.FAIL


@pytest.mark.parametrize("enabled", [False, None])
def test_fails_without_object_lock_on_the_bucket(enabled: Any) -> None:
    outcome, message = verdict({"mode": "COMPLIANCE", "days": 365}, enabled)
    assert outcome is Outcome.FAIL
    assert "`objectLockEnabled` of logs" in message


def test_fails_without_a_configuration() -> None:
    bucket = logs()
    outcome, message = judged(RULE, bucket, beside(TRAIL, {}, bucket, by="s3BucketName"))
    assert outcome is Outcome.FAIL
    assert message == "no BucketObjectLockConfiguration belongs to logs"


def test_finds_the_bucket_of_a_trail_that_takes_its_name_from_the_buckets_policy() -> None:
    bucket = logs(enabled=False)
    policy = beside(POLICY, {}, bucket)
    trail = made(TRAIL, "trail", {"s3BucketName": UNKNOWN}, sources={"s3BucketName": (policy.urn,)})
    assert judged(RULE, bucket, policy, trail)[0] is Outcome.FAIL


def test_unknown_when_the_retention_is() -> None:
    assert verdict(UNKNOWN)[0] is Outcome.UNKNOWN
    assert verdict({"mode": "COMPLIANCE", "days": UNKNOWN})[0] is Outcome.UNKNOWN


def test_unknown_when_the_bucket_of_the_trail_is() -> None:
    assert judged(RULE, logs(), made(TRAIL, "trail", {"s3BucketName": UNKNOWN}))[0] is Outcome.UNKNOWN


def test_not_applicable_to_a_bucket_without_a_trail() -> None:
    elsewhere = made(TRAIL, "trail", {"s3BucketName": "another"})
    bucket = made(BUCKET, "data", {"bucket": "data"})
    assert judged(RULE, bucket, elsewhere)[0] is Outcome.NOT_APPLICABLE
