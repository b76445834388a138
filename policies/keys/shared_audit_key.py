"""KMS-04: who may read data cannot, by that, read the record of it."""

from collections.abc import Iterator
from typing import Any

from policies._buckets import BUCKET, ENCRYPTION, TRAIL, attached, content_of
from policies._controls import nist
from policies._keys import KEY
from policies._logic import both, either
from policies._rule import Rule
from policies._verdict import PASS, Verdict, fail, not_applicable, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack, type_of
from policies.profiles import Severity

_SECRET = "aws:secretsmanager/secret:Secret"
_BUCKET_KEY = "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId"


def _check(key: Resource, stack: Stack) -> Verdict:
    audits = either(_is_key(key, one, "kmsKeyId") for one in stack.of_types(TRAIL))
    if audits is False:
        return not_applicable("it encrypts no trail")
    shared = both([audits, either(_others(key, stack))])
    if shared is True:
        return fail(f"{key.name} encrypts a trail, and secrets or artifacts too")
    return unknown(f"what {key.name} encrypts") if shared is UNKNOWN else PASS


def _others(key: Resource, stack: Stack) -> Iterator[Any]:
    """Whether the key encrypts each secret, and each bucket of artifacts."""
    yield from (_is_key(key, secret, "kmsKeyId") for secret in stack.of_types([_SECRET]))
    for bucket in stack.of_types(BUCKET):
        if content_of(bucket) == "artifacts":
            encryptions = attached(bucket, stack, ENCRYPTION)
            yield from [UNKNOWN] if encryptions is None else (_is_key(key, one, _BUCKET_KEY) for one in encryptions)


def _is_key(key: Resource, user: Resource, path: str) -> Any:
    """Whether a property names the key, by ARN or id, or by the one key that its value comes from."""
    value, names = user.get(path), [key.get(name) for name in ("arn", "keyId", "id")]
    origins = [urn for urn in user.sources.get(path.partition("[")[0], ()) if type_of(urn) in KEY]
    if value is ABSENT or (value is not UNKNOWN and value in names):
        return value is not ABSENT
    if len(origins) == 1:
        return key.urn in origins
    return UNKNOWN if UNKNOWN in (value, *names) else False


RULE = Rule(
    id="KMS-04",
    name="shared-audit-key",
    title="The key of a trail encrypts nothing but records: neither secrets nor models and datasets.",
    why="Whoever may use a key may read all that it encrypts. If data and the record of who touched it share one, "
    "every reader of the data reads the record too, and an auditor reads the data.",
    instead="Give the trail a key of its own, as `KeyRing` does for the data class `audit`.",
    severity=Severity.LOW,
    types=KEY,
    controls=nist("SC-12", "AC-6"),
    check=_check,
    good="""
key = aws.kms.Key("audit")
aws.cloudtrail.Trail("audit", s3_bucket_name="audit", kms_key_id=key.arn)
aws.secretsmanager.Secret("registry", kms_key_id="arn:aws:kms:eu-central-1:111122223333:key/data")
""",
    bad="""
key = aws.kms.Key("everything")
aws.cloudtrail.Trail("audit", s3_bucket_name="audit", kms_key_id=key.arn)
aws.secretsmanager.Secret("registry", kms_key_id=key.arn)
""",
    joins=True,
)
