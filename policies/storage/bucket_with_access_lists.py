"""S3-08: policies alone decide who reaches a bucket."""

from policies._buckets import BUCKET, OWNERSHIP, judge_attached
from policies._controls import nist, soc_2
from policies._rule import Rule
from policies._verdict import Verdict, require
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(bucket: Resource, stack: Stack) -> Verdict:
    return judge_attached(bucket, stack, OWNERSHIP, _enforced)


def _enforced(controls: Resource) -> Verdict:
    enforced = "BucketOwnerEnforced"
    return require(controls, "rule.objectOwnership", lambda ownership: ownership == enforced, enforced)


RULE = Rule(
    id="S3-08",
    name="bucket-with-access-lists",
    title="A bucket owns every object in it and knows no access lists.",
    why="An access list grants access beside every policy, object by object, and an object that another account "
    "writes stays that account's.",
    instead="Add `BucketOwnershipControls` with `objectOwnership` `BucketOwnerEnforced`.",
    severity=Severity.MEDIUM,
    types=BUCKET,
    controls=(*nist("AC-3"), *soc_2("CC6.1")),
    check=_check,
    good="""
bucket = aws.s3.Bucket("models")
aws.s3.BucketOwnershipControls("models", bucket=bucket.bucket, rule={"object_ownership": "BucketOwnerEnforced"})
""",
    bad="""
bucket = aws.s3.Bucket("models")
aws.s3.BucketOwnershipControls("models", bucket=bucket.bucket, rule={"object_ownership": "ObjectWriter"})
""",
    joins=True,
)
