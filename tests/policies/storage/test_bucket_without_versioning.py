from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.storage.bucket_without_versioning import RULE
from tests.policies.world import BUCKET, beside, judged, made

DATA = made(BUCKET, "data")
TOKENS = ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")


def verdict(status: Any, token: str = TOKENS[0]) -> tuple[Outcome, str]:
    return judged(RULE, DATA, beside(token, {"versioningConfiguration": {"status": status}}, DATA))


@pytest.mark.parametrize("token", TOKENS)
def test_passes_when_enabled(token: str) -> None:
    assert verdict("Enabled", token) == (Outcome.PASS, "")


@pytest.mark.parametrize("status", ["Suspended", "enabled", None])
def test_fails_otherwise(status: Any) -> None:
    outcome, message = verdict(status)
    assert outcome is Outcome.FAIL
    assert "`versioningConfiguration.status` of data-BucketVersioning is" in message


def test_fails_for_a_bucket_whose_neighbour_alone_is_versioned() -> None:
    neighbour = made("aws:s3/bucketV2:BucketV2", "neighbour")
    versioning = beside(TOKENS[0], {"versioningConfiguration": {"status": "Enabled"}}, neighbour)
    assert judged(RULE, DATA, neighbour, versioning) == (Outcome.FAIL, "no BucketVersioning belongs to data")
    assert judged(RULE, neighbour, DATA, versioning) == (Outcome.PASS, "")


def test_unknown_when_the_status_is() -> None:
    outcome, message = verdict(UNKNOWN)
    assert outcome is Outcome.UNKNOWN
    assert "`versioningConfiguration.status` of data-BucketVersioning" in message
