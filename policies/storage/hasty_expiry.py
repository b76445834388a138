"""S3-09: a bucket lets go of what is abandoned, and of no record too early."""

from collections.abc import Iterator
from typing import Any

from policies._buckets import BUCKET, LIFECYCLE, floor_of, judge_attached
from policies._controls import ai_act, nist, soc_2
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, require, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_AGES = ("expiration.days", "noncurrentVersionExpiration.noncurrentDays")
_ABORT = "abortIncompleteMultipartUpload"


def _check(bucket: Resource, stack: Stack) -> Verdict:
    floor = floor_of(bucket, stack)

    def judge(lifecycle: Resource) -> Verdict:
        return worst([_aborts(lifecycle), *_expiries(lifecycle, floor)])

    return judge_attached(bucket, stack, LIFECYCLE, judge)


def _enabled(lifecycle: Resource) -> Iterator[tuple[str, Any]]:
    """Path and status of each rule that is not switched off."""
    rules = lifecycle.get("rules")
    for index in range(len(rules) if isinstance(rules, list) else 0):
        if (status := lifecycle.get(f"rules[{index}].status")) in ("Enabled", UNKNOWN):
            yield f"rules[{index}]", status


def _aborts(lifecycle: Resource) -> Verdict:
    found = [
        lifecycle.get(f"{path}.{_ABORT}") if status is not UNKNOWN else UNKNOWN for path, status in _enabled(lifecycle)
    ]
    if any(one not in (ABSENT, UNKNOWN) for one in found):
        return PASS
    if UNKNOWN in found or lifecycle.get("rules") is UNKNOWN:
        return unknown(at(lifecycle, "rules"))
    return fail(f"no enabled rule of {lifecycle.name} has `{_ABORT}`", _ABORT)


def _expiries(lifecycle: Resource, floor: object) -> Iterator[Verdict]:
    """What each rule that expires something says of a floor."""
    for path in (f"{rule}.{age}" for rule, _ in _enabled(lifecycle) for age in _AGES):
        if lifecycle.get(path) is ABSENT:
            continue
        if floor is UNKNOWN:
            yield unknown(f"whether {lifecycle.name} expires records")
        elif isinstance(floor, int):
            yield require(lifecycle, path, lambda days: days >= floor, f"{floor} or more, as the bucket holds records")


RULE = Rule(
    id="S3-09",
    name="hasty-expiry",
    title="A bucket's lifecycle ends unfinished uploads, and expires no logs or documents before their time.",
    why="The parts of an unfinished upload are paid for and seen in no listing. A record that a lifecycle rule expires "
    "is as gone as one that somebody deletes.",
    instead="Add a `BucketLifecycleConfiguration` with `abortIncompleteMultipartUpload`; on buckets of records, expire "
    "current and noncurrent versions no earlier than the environment's retention.",
    severity=Severity.MEDIUM,
    types=BUCKET,
    controls=(
        *nist("AU-11", "SI-12"),
        *ai_act("Article 19", "Article 26(6)"),
        *soc_2("C1.2"),
    ),
    check=_check,
    good="""
bucket = aws.s3.Bucket("events", tags={"content": "logs"})
abort = {"id": "abort", "status": "Enabled", "abort_incomplete_multipart_upload": {"days_after_initiation": 7}}
expire = {"id": "expire", "status": "Enabled", "expiration": {"days": 400}}
aws.s3.BucketLifecycleConfiguration("events", bucket=bucket.bucket, rules=[abort, expire])
""",
    bad="""
bucket = aws.s3.Bucket("events", tags={"content": "logs"})
abort = {"id": "abort", "status": "Enabled", "abort_incomplete_multipart_upload": {"days_after_initiation": 7}}
expire = {"id": "expire", "status": "Enabled", "expiration": {"days": 30}}
aws.s3.BucketLifecycleConfiguration("events", bucket=bucket.bucket, rules=[abort, expire])
""",
    parameters=("audit_retention_days", "documentation_days"),
    joins=True,
)
