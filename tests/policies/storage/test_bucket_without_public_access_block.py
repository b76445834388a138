from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.storage.bucket_without_public_access_block import RULE
from tests.policies.world import BUCKET, beside, judged, made

DATA = made(BUCKET, "data")
LOCKED = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}


def verdict(**changed: Any) -> tuple[Outcome, str]:
    block = beside("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {**LOCKED, **changed}, DATA)
    return judged(RULE, DATA, block)


def test_passes_with_all_four() -> None:
    assert verdict() == (Outcome.PASS, "")


@pytest.mark.parametrize("lock", LOCKED)
def test_fails_with_any_of_them_open(lock: str) -> None:
    outcome, message = verdict(**{lock: False})
    assert outcome is Outcome.FAIL
    assert message == f"`{lock}` of data-BucketPublicAccessBlock is false, must be true"


def test_fails_with_one_that_is_not_set_and_names_every_open_one() -> None:
    outcome, message = verdict(blockPublicAcls=None, ignorePublicAcls=False)
    assert outcome is Outcome.FAIL
    assert "blockPublicAcls" in message
    assert "ignorePublicAcls" in message


def test_fails_without_a_block() -> None:
    assert judged(RULE, DATA) == (Outcome.FAIL, "no BucketPublicAccessBlock belongs to data")


def test_unknown_when_one_of_them_is_and_none_is_open() -> None:
    assert verdict(blockPublicAcls=UNKNOWN)[0] is Outcome.UNKNOWN
    assert verdict(blockPublicAcls=UNKNOWN, ignorePublicAcls=False)[0] is Outcome.FAIL
