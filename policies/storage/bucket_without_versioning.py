"""S3-02: versioning."""

from policies._buckets import BUCKET, VERSIONING, judge_attached
from policies._controls import ai_act, ai_rmf, iso_42001, nist, soc_2
from policies._rule import Rule
from policies._verdict import Verdict, require
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(bucket: Resource, stack: Stack) -> Verdict:
    return judge_attached(bucket, stack, VERSIONING, _enabled)


def _enabled(versioning: Resource) -> Verdict:
    return require(versioning, "versioningConfiguration.status", lambda status: status == "Enabled", "Enabled")


RULE = Rule(
    id="S3-02",
    name="bucket-without-versioning",
    title="A bucket keeps the versions of its objects.",
    why="A model or dataset that is overwritten or deleted by mistake is gone, and with it the proof of what a "
    "running model was trained from.",
    instead="Add a `BucketVersioning` with `status` `Enabled`, and expire old versions with a lifecycle rule.",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(
        *nist("CP-9", "CP-10", "AU-9(2)", "SI-13(5)"),
        *soc_2("PI1.5", "C1.2"),
        *ai_act("Article 10", "Article 11", "Article 12"),
        *iso_42001("A.7.5", "A.6.2.7"),
        *ai_rmf("MAP 4.2"),
    ),
    check=_check,
    good="""
bucket = aws.s3.Bucket("models")
aws.s3.BucketVersioning("models", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"})
""",
    bad="""
bucket = aws.s3.Bucket("models")
aws.s3.BucketVersioning("models", bucket=bucket.bucket, versioning_configuration={"status": "Suspended"})
""",
    joins=True,
)
