"""KMS-01: rotation of key material."""

from policies._controls import cis_4, cis_7, nist
from policies._keys import SYMMETRIC_SPEC
from policies._rule import Rule
from policies._verdict import Verdict, not_applicable, require
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity


def _check(key: Resource, stack: Stack) -> Verdict:
    if key.get("customerMasterKeySpec") not in (ABSENT, UNKNOWN, SYMMETRIC_SPEC):
        return not_applicable("KMS rotates symmetric encryption keys only")
    if key.get("customKeyStoreId") is not ABSENT:
        return not_applicable("KMS rotates no keys of a custom key store")
    return require(key, "enableKeyRotation", lambda on: on is True, "true")


RULE = Rule(
    id="KMS-01",
    name="key-without-rotation",
    title="A symmetric key rotates its material by itself.",
    why="The longer one key's material is in use, the more a single leak of it opens. Rotation changes no ARN and "
    "keeps old data readable.",
    instead="Set `enableKeyRotation`; `rotationPeriodInDays` defaults to 365.",
    severity=Severity.MEDIUM,
    types=("aws:kms/key:Key",),
    controls=(*cis_4("3.6"), *cis_7("4.6"), *nist("SC-12", "SC-12(2)")),
    check=_check,
    good="""
aws.kms.Key("models", enable_key_rotation=True)
""",
    bad="""
aws.kms.Key("models")
""",
)
