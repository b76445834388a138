from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.audit.erasable_audit_logs import RULE
from tests.policies.world import BUCKET, beside, judged, made

LOCK = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TRAIL = "aws:cloudtrail/trail:Trail"


def logs(enabled: Any = True) -> Resource:
    return made(BUCKET, "logs", {"objectLockEnabled": enabled})


def verdict(retention: Any, enabled: Any = True, stack: str = "prod", token: str = LOCK) -> tuple[Outcome, str]:
    bucket = logs(enabled)
    lock = beside(token, {"rule": {"defaultRetention": retention}}, bucket)
    return judged(RULE, bucket, lock, beside(TRAIL, {}, bucket, by="s3BucketName"), stack=stack)


@pytest.mark.parametrize(
    ("stack", "mode", "days"),
    [("local", "GOVERNANCE", 1), ("dev", "GOVERNANCE", 7), ("staging", "GOVERNANCE", 183), ("prod", "COMPLIANCE", 365)],
)
def test_the_floor_of_each_environment(stack: str, mode: str, days: int) -> None:
    assert verdict({"mode": mode, "days": float(days)}, stack=stack) == (Outcome.PASS, "")
    outcome, message = verdict({"mode": mode, "days": days - 1}, stack=stack)
    assert outcome is Outcome.FAIL
    assert f"must be {days} days or more" in message


def test_years_count() -> None:
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
