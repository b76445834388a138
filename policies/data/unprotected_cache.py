"""RED-01: a cache encrypts what it holds and sends, and asks who is there."""

from policies._controls import nist
from policies._keys import require_customer_key
from policies._rule import Rule
from policies._verdict import PASS, Verdict, fail, require, require_if_set, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_PATCHES = "autoMinorVersionUpgrade"
_MODE = "transitEncryptionMode"
_USER, _SIGN_IN = "aws:elasticache/user:User", "authenticationMode.type"


def _check(cache: Resource, stack: Stack) -> Verdict:
    if cache.type == _USER:
        return require(cache, _SIGN_IN, lambda how: how in ("iam", "password"), "iam or password")
    return worst(
        [
            require(cache, "atRestEncryptionEnabled", lambda on: on is True, "true"),
            require_customer_key(cache, "kmsKeyId"),
            require(cache, "transitEncryptionEnabled", lambda on: on is True, "true"),
            _tls_only(cache),
            _asks_who(cache),
            _kept_current(cache),
        ]
    )


def _tls_only(cache: Resource) -> Verdict:
    # Without a mode, encryption in transit is required.
    return require_if_set(cache, _MODE, lambda mode: mode == "required", "required")


def _kept_current(cache: Resource) -> Verdict:
    # Engines patch themselves unless told not to.
    return require_if_set(cache, _PATCHES, lambda on: on is True, "true or not set")


def _asks_who(cache: Resource) -> Verdict:
    groups, token = cache.get("userGroupIds"), cache.get("authToken")
    if isinstance(groups, list) and groups:
        return PASS
    if groups is UNKNOWN or token is UNKNOWN:
        return unknown(f"how clients of {cache.name} sign in")
    return (
        fail(f"clients of {cache.name} do not sign in: neither `userGroupIds` nor `authToken` is set", "authToken")
        if token is ABSENT
        else PASS
    )


RULE = Rule(
    id="RED-01",
    name="unprotected-cache",
    title="A cache encrypts at rest with an own key and in transit, and its clients sign in.",
    why="An online feature store holds personal data of whoever asked last, and by default answers, in the clear, "
    "everyone who can reach its port.",
    instead="Set `atRestEncryptionEnabled`, `kmsKeyId`, `transitEncryptionEnabled` and `userGroupIds` with users that "
    "sign in by IAM; `authToken` is the poorer way.",
    severity=Severity.HIGH,
    types=("aws:elasticache/replicationGroup:ReplicationGroup", _USER),
    controls=nist("SC-28(1)", "SC-8", "AC-3"),
    check=_check,
    good="""
key = aws.kms.Key("features", enable_key_rotation=True)
aws.elasticache.ReplicationGroup(
    "features",
    description="Online features",
    at_rest_encryption_enabled=True,
    kms_key_id=key.arn,
    transit_encryption_enabled=True,
    user_group_ids=["features"],
)
""",
    bad="""
aws.elasticache.ReplicationGroup("features", description="Online features", at_rest_encryption_enabled=True)
""",
    joins=True,
)
