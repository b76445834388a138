"""S3-07: records are written once."""

from policies._buckets import BUCKET, floor_of, locked
from policies._controls import ai_act, iso_42001, nist, soc_2
from policies._rule import Rule
from policies._verdict import Verdict, not_applicable, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity


def _check(bucket: Resource, stack: Stack) -> Verdict:
    floor = floor_of(bucket, stack)
    if floor is UNKNOWN:
        return unknown(f"whether {bucket.name} holds records")
    if not isinstance(floor, int):
        return not_applicable("it holds no records")
    return locked(bucket, stack, floor)


RULE = Rule(
    id="S3-07",
    name="erasable-records",
    title="A bucket of logs or documents of AI systems keeps every object for as long as the environment demands.",
    why="Logs of high-risk AI systems have to be there for six months and their documentation for ten years; what can "
    "be overwritten or deleted proves nothing.",
    instead="Set `objectLockEnabled` on the bucket and add a `BucketObjectLockConfiguration` with a default retention. "
    "The bucket's tag `content`, `logs` or `documents`, says what it holds.",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(
        *nist("AU-9", "AU-11"),
        *ai_act("Article 12", "Article 18", "Article 19"),
        *iso_42001("A.6.2.8"),
        *soc_2("PI1.5"),
    ),
    check=_check,
    good="""
bucket = aws.s3.Bucket("cards", object_lock_enabled=True, tags={"content": "documents"})
aws.s3.BucketObjectLockConfiguration(
    "cards", bucket=bucket.bucket, rule={"default_retention": {"mode": "GOVERNANCE", "years": 10}}
)
""",
    bad="""
bucket = aws.s3.Bucket("cards", object_lock_enabled=True, tags={"content": "documents"})
aws.s3.BucketObjectLockConfiguration(
    "cards", bucket=bucket.bucket, rule={"default_retention": {"mode": "GOVERNANCE", "days": 365}}
)
""",
    parameters=("audit_retention_days", "documentation_days"),
    joins=True,
)
