"""S3-01: default encryption with a customer-managed key."""

from policies._buckets import BUCKET, ENCRYPTION, LOGGING, attached, judge_attached
from policies._controls import ai_act, ai_rmf, nist, soc_2
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, require, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_DEFAULT = "rules[0].applyServerSideEncryptionByDefault"
_ALGORITHM = f"{_DEFAULT}.sseAlgorithm"
_DOUBLE = "aws:kms:dsse"


def _check(bucket: Resource, stack: Stack) -> Verdict:
    receives_logs = attached(bucket, stack, LOGGING, by="targetBucket")
    if receives_logs is None:
        return unknown("the bucket that receives access logs")
    return judge_attached(bucket, stack, ENCRYPTION, _service_key if receives_logs else _customer_key)


def _customer_key(encryption: Resource) -> Verdict:
    key = require_customer_key(encryption, f"{_DEFAULT}.kmsMasterKeyId")
    if encryption.get("rules") is UNKNOWN:
        # All of it is unknown because the key in it is; what else it holds is judged when the key exists.
        return key if key is PASS else unknown(at(encryption, "rules"))
    algorithm = require(encryption, _ALGORITHM, lambda name: name in ("aws:kms", _DOUBLE), "aws:kms")
    bucket_key = require(encryption, "rules[0].bucketKeyEnabled", lambda on: on is True, "true")
    has_bucket_keys = encryption.get(_ALGORITHM) != _DOUBLE
    return worst([algorithm, key, bucket_key if has_bucket_keys else PASS])


def _service_key(encryption: Resource) -> Verdict:
    wanted = "AES256: S3 delivers access logs to no bucket that encrypts with KMS"
    return require(encryption, _ALGORITHM, lambda name: name == "AES256", wanted)


RULE = Rule(
    id="S3-01",
    name="bucket-without-customer-key",
    title="A bucket encrypts by default with a customer-managed KMS key, through a bucket key.",
    why="Whoever may read the objects can also decrypt them: only an own key gives a second, separate permission that "
    "can be withdrawn and whose use is on record. Without a bucket key each object costs a KMS request.",
    instead="Add a `BucketServerSideEncryptionConfiguration` with `sseAlgorithm` `aws:kms`, `kmsMasterKeyId` and "
    "`bucketKeyEnabled`. A bucket that receives S3 server access logs takes `AES256` instead.",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(
        *nist("SC-28(1)", "SC-13", "AU-9(3)"),
        *soc_2("PI1.4"),
        *ai_act("Article 15"),
        *ai_rmf("MEASURE 2.7"),
    ),
    check=_check,
    good="""
key = aws.kms.Key("models", enable_key_rotation=True)
bucket = aws.s3.Bucket("models")
aws.s3.BucketServerSideEncryptionConfiguration(
    "models",
    bucket=bucket.bucket,
    rules=[
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": key.arn},
            "bucket_key_enabled": True,
        }
    ],
)
""",
    bad="""
bucket = aws.s3.Bucket("models")
aws.s3.BucketServerSideEncryptionConfiguration(
    "models",
    bucket=bucket.bucket,
    rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
)
""",
    joins=True,
)
