"""S3-03: the four locks against public access."""

from policies._buckets import BUCKET, PUBLIC_ACCESS_BLOCK, judge_attached
from policies._controls import cis_4, cis_7, nist, soc_2
from policies._rule import Rule
from policies._verdict import Verdict, require, worst
from policies._view import Resource, Stack
from policies.profiles import Severity

_LOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _check(bucket: Resource, stack: Stack) -> Verdict:
    return judge_attached(bucket, stack, PUBLIC_ACCESS_BLOCK, _locked)


def _locked(block: Resource) -> Verdict:
    return worst(require(block, lock, lambda on: on is True, "true") for lock in _LOCKS)


RULE = Rule(
    id="S3-03",
    name="bucket-without-public-access-block",
    title="A bucket blocks public access in all four ways.",
    why="One careless policy or access list publishes the bucket to the Internet; the block makes S3 refuse both, "
    "those that exist and those to come.",
    instead="Add a `BucketPublicAccessBlock` with `blockPublicAcls`, `blockPublicPolicy`, `ignorePublicAcls` and "
    "`restrictPublicBuckets` set to true.",
    severity=Severity.CRITICAL,
    types=BUCKET,
    controls=(
        *cis_4("2.1.4"),
        *cis_7("3.1.4"),
        *nist("AC-3", "AC-6", "SC-7"),
        *soc_2("CC6.1", "CC6.6"),
    ),
    check=_check,
    good="""
bucket = aws.s3.Bucket("models")
aws.s3.BucketPublicAccessBlock(
    "models",
    bucket=bucket.bucket,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
""",
    bad="""
bucket = aws.s3.Bucket("models")
aws.s3.BucketPublicAccessBlock("models", bucket=bucket.bucket, block_public_acls=True)
""",
    joins=True,
)
