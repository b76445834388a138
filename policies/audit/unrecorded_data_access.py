"""AUD-02: who touches a model or a dataset is on record."""

from policies._buckets import BUCKET, CONTENT, content_of
from policies._controls import ai_act, cis_4, cis_7, iso_42001, nist
from policies._rule import Rule
from policies._trails import recorded
from policies._verdict import Verdict, at, not_applicable, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity


def _check(bucket: Resource, stack: Stack) -> Verdict:
    content = content_of(bucket)
    if content is UNKNOWN:
        return unknown(at(bucket, f"tags.{CONTENT}"))
    if content != "artifacts":
        return not_applicable(f"its tag `{CONTENT}` names no artifacts")
    return recorded(bucket, stack)


RULE = Rule(
    id="AUD-02",
    name="unrecorded-data-access",
    title=f"A trail records every read and write of objects in buckets whose tag `{CONTENT}` is `artifacts`.",
    why="Server access logs are delivered on a best-effort basis. Which data a model was trained on, and who replaced "
    "a model, has to be told from a record that is complete.",
    instead="Add an event selector for `AWS::S3::Object` to a `Trail`, with the bucket's ARN and a slash as prefix.",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(
        *cis_4("3.8", "3.9"),
        *cis_7("4.8", "4.9"),
        *nist("AU-12"),
        *ai_act("Article 10", "Article 12"),
        *iso_42001("A.7.5"),
    ),
    check=_check,
    good="""
bucket = aws.s3.Bucket("models", bucket="models", tags={"content": "artifacts"})
objects = {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::models/"]}
aws.cloudtrail.Trail(
    "audit", s3_bucket_name="audit", event_selectors=[{"read_write_type": "All", "data_resources": [objects]}]
)
""",
    bad="""
bucket = aws.s3.Bucket("models", bucket="models", tags={"content": "artifacts"})
objects = {"type": "AWS::S3::Object", "values": ["arn:aws:s3:::models/"]}
aws.cloudtrail.Trail(
    "audit", s3_bucket_name="audit", event_selectors=[{"read_write_type": "WriteOnly", "data_resources": [objects]}]
)
""",
    joins=True,
)
