"""S3-12: a bucket with an own key takes no object that is encrypted otherwise."""

from policies._buckets import BUCKET, ENCRYPTION, POLICY, attached, judge_attached
from policies._controls import nist, soc_2
from policies._documents import Statement, judge_document
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_ALGORITHM = "rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"
_HEADER = "s3:x-amz-server-side-encryption"
_REFUSED = {
    _HEADER: "another encryption",
    f"{_HEADER}-aws-kms-key-id": "another key",
    f"{_HEADER}-customer-algorithm": "a key that the caller brings",
}
"""Condition key that the value of the request is compared with, and what that refuses."""


def _check(bucket: Resource, stack: Stack) -> Verdict:
    found = attached(bucket, stack, ENCRYPTION)
    if found is None or any(one.get("rules") is UNKNOWN or one.get(_ALGORITHM) is UNKNOWN for one in found):
        return unknown(f"how {bucket.name} encrypts")
    if not any(one.get(_ALGORITHM) == "aws:kms" for one in found):
        return not_applicable("it has no key that another could be compared with")
    return judge_attached(bucket, stack, POLICY, _refuses)


def _refuses(policy: Resource) -> Verdict:
    def judge(statements: list[Statement]) -> Verdict:
        denials = [one for one in statements if not one.allows and {"s3:putobject", "s3:*"} & set(one.actions)]
        missing = [what for key, what in _REFUSED.items() if not any(_is_about(one, key) for one in denials)]
        return fail(f"{at(policy, 'policy')} takes objects with {', '.join(missing)}", "policy") if missing else PASS

    return judge_document(policy, "policy", judge)


def _is_about(denial: Statement, key: str) -> bool:
    """Whether the last key of its condition, which decides after `Null` has, is this one."""
    return bool(denial.conditions) and denial.conditions[-1].key == key


RULE = Rule(
    id="S3-12",
    name="objects-of-other-keys",
    title="A bucket that encrypts with an own key refuses objects that ask for another key or another encryption.",
    why="The default only holds for requests that name none: an object with a key of somebody else is one that the "
    "owner of the bucket cannot read, nor lock away.",
    instead="Deny `s3:PutObject` in the bucket's policy where `s3:x-amz-server-side-encryption` is not `aws:kms`, "
    "where its `-aws-kms-key-id` is not the bucket's key, and where its `-customer-algorithm` is set.",
    severity=Severity.LOW,
    types=BUCKET,
    controls=(*nist("SC-28(1)", "SC-12"), *soc_2("CC6.1")),
    check=_check,
    good="""
key = aws.kms.Key("models", enable_key_rotation=True)
bucket = aws.s3.Bucket("models", bucket="models")
aws.s3.BucketServerSideEncryptionConfiguration(
    "models",
    bucket=bucket.bucket,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}}],
)
sse = "s3:x-amz-server-side-encryption"
refusal = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::models/*"}


def policy(arn: str) -> str:
    conditions = [
        {"Null": {sse: "false"}, "StringNotEquals": {sse: "aws:kms"}},
        {"Null": {sse: "false"}, "ArnNotEquals": {f"{sse}-aws-kms-key-id": arn}},
        {"Null": {f"{sse}-customer-algorithm": "false"}},
    ]
    statements = [{**refusal, "Condition": condition} for condition in conditions]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


aws.s3.BucketPolicy("models", bucket=bucket.bucket, policy=key.arn.apply(policy))
""",
    bad="""
key = aws.kms.Key("models", enable_key_rotation=True)
bucket = aws.s3.Bucket("models")
aws.s3.BucketServerSideEncryptionConfiguration(
    "models",
    bucket=bucket.bucket,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn}}],
)
""",
    joins=True,
)
