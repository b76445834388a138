from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.storage.data_without_deletion_protection import RULE
from tests.policies.world import BUCKET, judged, made


def bucket(stack: str = "prod", protect: bool = True, **properties: Any) -> tuple[Outcome, str]:
    return judged(RULE, made(BUCKET, "data", properties, protect=protect), stack=stack)


@pytest.mark.parametrize("stack", ["staging", "prod", "a-stack-of-another-name"])
def test_buckets_must_be_protected_where_it_is_demanded(stack: str) -> None:
    assert bucket(stack, forceDestroy=False) == (Outcome.PASS, "")
    assert bucket(stack) == (Outcome.PASS, "")
    outcome, message = bucket(stack, protect=False)
    assert outcome is Outcome.FAIL
    assert "`protect` of data is off" in message
    outcome, message = bucket(stack, forceDestroy=True)
    assert outcome is Outcome.FAIL
    assert "`forceDestroy` of data is true" in message


@pytest.mark.parametrize("stack", ["local", "dev"])
def test_not_applicable_to_buckets_elsewhere(stack: str) -> None:
    assert bucket(stack, protect=False, forceDestroy=True)[0] is Outcome.NOT_APPLICABLE


def test_unknown_when_force_destroy_is() -> None:
    outcome, message = bucket(forceDestroy=UNKNOWN)
    assert outcome is Outcome.UNKNOWN
    assert "`forceDestroy` of data" in message
