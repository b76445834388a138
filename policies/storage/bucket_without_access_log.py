"""S3-06: reads and writes of objects leave a record."""

from policies._buckets import BUCKET, LOGGING, attached
from policies._controls import ai_act, cis_4, cis_7, iso_42001, nist
from policies._rule import Rule
from policies._trails import is_recorded
from policies._verdict import PASS, Verdict, fail, not_applicable, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity


def _check(bucket: Resource, stack: Stack) -> Verdict:
    receives = attached(bucket, stack, LOGGING, by="targetBucket")
    if receives:
        return not_applicable("it receives access logs: logging its own deliveries would never end")
    logging, events = attached(bucket, stack, LOGGING), is_recorded(bucket, stack)
    if any(map(_goes_somewhere, logging or ())) or events is True:
        return PASS
    if logging != [] or receives is None or events is UNKNOWN:
        return unknown(f"what records access to {bucket.name}")
    return fail(f"no BucketLogging belongs to {bucket.name}, and no trail records the events of its objects")


def _goes_somewhere(logging: Resource) -> bool:
    return logging.get("targetBucket") is not UNKNOWN or bool(logging.sources.get("targetBucket"))


RULE = Rule(
    id="S3-06",
    name="bucket-without-access-log",
    title="Access to a bucket is on record, as server access logs or as data events of a trail.",
    why="Without a record nobody can tell after an incident which models or data were read, or by whom.",
    instead="Add a `BucketLogging` with a `targetBucket`, or an event selector of a `Trail` for the bucket's objects.",
    severity=Severity.MEDIUM,
    types=BUCKET,
    controls=(
        *cis_4("3.4"),
        *cis_7("4.4"),
        *nist("AU-2", "AU-12"),
        *ai_act("Article 12"),
        *iso_42001("A.6.2.8"),
    ),
    check=_check,
    good="""
aws.s3.Bucket("logs", bucket="logs")
aws.s3.Bucket("models", bucket="models")
aws.s3.BucketLogging("models", bucket="models", target_bucket="logs", target_prefix="models/")
""",
    bad="""
aws.s3.Bucket("models")
""",
    joins=True,
)
