"""KMS-03: a key does not go in one step, and its owner is not locked out."""

from policies._controls import nist
from policies._keys import KEY
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, require_if_set, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_WINDOW, _BYPASS = "deletionWindowInDays", "bypassPolicyLockoutSafetyCheck"


def _check(key: Resource, stack: Stack) -> Verdict:
    return worst([_waits(key, stack.profile.key_deletion_days), _safe(key), _stays(key)])


def _waits(key: Resource, floor: int) -> Verdict:
    # Without a value KMS takes 30 days, the most there is.
    return require_if_set(key, _WINDOW, lambda days: days >= floor, f"{floor} days or more")


def _safe(key: Resource) -> Verdict:
    bypass = key.get(_BYPASS)
    if bypass is UNKNOWN:
        return unknown(at(key, _BYPASS))
    return fail(f"{at(key, _BYPASS)} is true, must be false or not set", _BYPASS) if bypass is True else PASS


def _stays(key: Resource) -> Verdict:
    """The account alone tells of a key that waits for its end."""
    pending = key.get("keyState") in ("PendingDeletion", "PendingReplicaDeletion")
    return fail(f"{key.name} is about to be deleted", "keyState") if pending else PASS


RULE = Rule(
    id="KMS-03",
    name="hasty-key-deletion",
    title="A key waits before it is deleted, none is waiting, and no policy locks its owner out.",
    why="A key that is gone makes all it ever encrypted unreadable, and a policy that nobody may change any more does "
    "so too; the waiting period is the only way back.",
    instead="Raise `deletionWindowInDays`, leave `bypassPolicyLockoutSafetyCheck` off, and cancel the deletion of a "
    "key that is still needed.",
    severity=Severity.MEDIUM,
    types=KEY,
    controls=nist("SC-12", "CP-9"),
    check=_check,
    good="""
aws.kms.Key("models", deletion_window_in_days=30)
""",
    bad="""
aws.kms.Key("models", deletion_window_in_days=7)
""",
    parameters=("key_deletion_days",),
)
