"""S3-04: only encrypted connections."""

from policies._buckets import BUCKET, POLICY, judge_attached
from policies._controls import cis_4, cis_7, nist, soc_2
from policies._documents import PLAIN_HTTP, Statement, judge_document
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(bucket: Resource, stack: Stack) -> Verdict:
    return judge_attached(bucket, stack, POLICY, _refuses_plain_http)


def _refuses_plain_http(policy: Resource) -> Verdict:
    refusal = fail(
        f"{at(policy, 'policy')} does not deny everyone every action on the bucket and its objects "
        "when `aws:SecureTransport` is false"
    )
    return judge_document(policy, "policy", lambda found: PASS if any(map(_is_refusal, found)) else refusal)


def _is_refusal(statement: Statement) -> bool:
    """S3 accepts only this bucket's ARNs as resources; a second condition would leave a gap."""
    objects = any(arn.endswith("*") for arn in statement.resources)
    bucket = any("/" not in arn for arn in statement.resources)
    return (
        not statement.allows
        and not statement.negated
        and "*" in statement.principals
        and not {"*", "s3:*"}.isdisjoint(statement.actions)
        and objects
        and bucket
        and statement.conditions == (PLAIN_HTTP,)
    )


RULE = Rule(
    id="S3-04",
    name="bucket-reachable-without-tls",
    title="A bucket refuses connections without TLS.",
    why="S3 also answers plain HTTP, where objects and the signatures of requests can be read on the way.",
    instead="Add a `BucketPolicy` whose statement denies `s3:*` to principal `*` on the bucket and its objects under "
    "the condition `Bool` `aws:SecureTransport` `false`, and no other.",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(
        *cis_4("2.1.1"),
        *cis_7("3.1.1"),
        *nist("SC-8(1)", "AC-17(2)"),
        *soc_2("CC6.7"),
    ),
    check=_check,
    good="""
bucket = aws.s3.Bucket("models", bucket="models")
refusal = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::models", "arn:aws:s3:::models/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
policy = {"Version": "2012-10-17", "Statement": [refusal]}
aws.s3.BucketPolicy("models", bucket=bucket.bucket, policy=json.dumps(policy))
""",
    bad="""
aws.s3.Bucket("models")
""",
    joins=True,
)
