from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.keys.key_without_rotation import RULE
from tests.policies.world import KEY, judged, made


def verdict(**properties: Any) -> tuple[Outcome, str]:
    return judged(RULE, made(KEY, "key", properties))


@pytest.mark.parametrize("spec", [None, "SYMMETRIC_DEFAULT", UNKNOWN])
def test_passes_when_it_rotates(spec: Any) -> None:
    assert verdict(enableKeyRotation=True, customerMasterKeySpec=spec) == (Outcome.PASS, "")


@pytest.mark.parametrize(("value", "shown"), [(False, "false"), (None, "not set")])
def test_fails_when_it_does_not(value: Any, shown: str) -> None:
    outcome, message = verdict(enableKeyRotation=value)
    assert outcome is Outcome.FAIL
    assert message == f"`enableKeyRotation` of key is {shown}, must be true"


def test_unknown_when_the_setting_is() -> None:
    assert verdict(enableKeyRotation=UNKNOWN)[0] is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "properties", [{"customerMasterKeySpec": "RSA_4096"}, {"customKeyStoreId": "cks-1"}, {"customKeyStoreId": UNKNOWN}]
)
def test_not_applicable_to_keys_that_kms_cannot_rotate(properties: dict[str, Any]) -> None:
    assert verdict(enableKeyRotation=False, **properties)[0] is Outcome.NOT_APPLICABLE
