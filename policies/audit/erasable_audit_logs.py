"""AUD-05: audit logs are written once."""

from policies._buckets import BUCKET, OBJECT_LOCK, attached, judge_attached
from policies._controls import ai_act, iso_42001, nist, soc_2
from policies._rule import Rule
from policies._verdict import Verdict, not_applicable, require, unknown, worst
from policies._view import ABSENT, Resource, Stack
from policies.profiles import Profile, Severity

_TRAIL = ("aws:cloudtrail/trail:Trail",)
_RETENTION = "rule.defaultRetention"


def _check(bucket: Resource, stack: Stack) -> Verdict:
    trails = attached(bucket, stack, _TRAIL, by="s3BucketName")
    if trails is None:
        return unknown("the bucket of every trail")
    if not trails:
        return not_applicable("no trail delivers to it")
    lock = require(bucket, "objectLockEnabled", lambda on: on is True, "true")
    retention = judge_attached(bucket, stack, OBJECT_LOCK, lambda found: _retention(found, stack.profile))
    return worst([lock, retention])


def _retention(lock: Resource, profile: Profile) -> Verdict:
    modes = ("COMPLIANCE",) if profile.compliance_mode else ("COMPLIANCE", "GOVERNANCE")
    floor = profile.audit_retention_days
    unit, days_each = ("days", 1) if lock.get(f"{_RETENTION}.years") is ABSENT else ("years", 365)
    return worst(
        [
            require(lock, f"{_RETENTION}.mode", lambda mode: mode in modes, " or ".join(modes)),
            require(lock, f"{_RETENTION}.{unit}", lambda n: n * days_each >= floor, f"{floor} days or more"),
        ]
    )


RULE = Rule(
    id="AUD-05",
    name="erasable-audit-logs",
    title="The bucket of a trail writes log files once and keeps them for a set time.",
    why="Who breaks in deletes the record of it first. Providers and deployers of high-risk AI systems have to keep "
    "logs for six months at least.",
    instead="Set `objectLockEnabled` on the bucket and add a `BucketObjectLockConfiguration` with a default retention.",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(
        *nist("AU-9", "AU-11"),
        *ai_act("Article 12", "Article 19", "Article 26(6)"),
        *iso_42001("A.6.2.8"),
        *soc_2("PI1.5"),
    ),
    check=_check,
    good="""
bucket = aws.s3.Bucket("audit", object_lock_enabled=True)
aws.s3.BucketObjectLockConfiguration(
    "audit", bucket=bucket.bucket, rule={"default_retention": {"mode": "COMPLIANCE", "days": 365}}
)
aws.cloudtrail.Trail("audit", s3_bucket_name=bucket.bucket)
""",
    bad="""
bucket = aws.s3.Bucket("audit")
aws.cloudtrail.Trail("audit", s3_bucket_name=bucket.bucket)
""",
    parameters=("audit_retention_days", "compliance_mode"),
    joins=True,
)
