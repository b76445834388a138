from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.keys.hasty_key_deletion import RULE
from tests.policies.world import KEY, judged, made


def key(stack: str = "prod", **properties: Any) -> tuple[Outcome, str]:
    return judged(RULE, made(KEY, "key", properties), stack=stack)


@pytest.mark.parametrize(("stack", "floor"), [("local", 7), ("dev", 7), ("staging", 14), ("prod", 30)])
def test_keys_wait_as_long_as_the_environment_demands(stack: str, floor: int) -> None:
    assert key(stack, deletionWindowInDays=float(floor)) == (Outcome.PASS, "")  # the engine has no integers
    assert key(stack) == (Outcome.PASS, ""), "KMS waits 30 days by default"
    outcome, message = key(stack, deletionWindowInDays=float(floor - 1))
    assert outcome is Outcome.FAIL
    assert f"is {floor - 1}, must be {floor} days or more" in message


def test_nobody_locks_the_owner_out() -> None:
    assert key(bypassPolicyLockoutSafetyCheck=False) == (Outcome.PASS, "")
    assert key(bypassPolicyLockoutSafetyCheck=True)[0] is Outcome.FAIL
    assert key(bypassPolicyLockoutSafetyCheck=UNKNOWN)[0] is Outcome.UNKNOWN


def test_a_key_that_waits_for_its_end_is_told_in_the_account() -> None:
    assert key(keyState="Enabled") == (Outcome.PASS, "")
    assert key(keyState="PendingDeletion") == (Outcome.FAIL, "key is about to be deleted")
