from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.storage.bucket_without_customer_key import RULE
from tests.policies.world import BUCKET, KEY, beside, judged, made, urn

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
ARN = "arn:aws:kms:eu-central-1:123456789012:key/1"
DATA = made(BUCKET, "data")


def encryption(
    algorithm: Any = "aws:kms", key: Any = ARN, bucket_key: Any = True, from_key: bool = False, token: str = ENCRYPTION
) -> Resource:
    default = {"sseAlgorithm": algorithm, "kmsMasterKeyId": key}
    rules = [{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": bucket_key}]
    return with_rules(rules, from_key, token)


def with_rules(rules: Any, from_key: bool = False, token: str = ENCRYPTION) -> Resource:
    sources = {"bucket": (DATA.urn,), "rules": (urn(KEY, "key"),) if from_key else ()}
    return made(token, "data-encryption", {"bucket": UNKNOWN, "rules": rules}, sources=sources)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(encryption(), id="own key"),
        pytest.param(encryption(key=UNKNOWN, from_key=True), id="own key that is about to be made"),
        pytest.param(with_rules(UNKNOWN, from_key=True), id="nothing known but that a key of the stack is in it"),
        pytest.param(encryption(algorithm="aws:kms:dsse", bucket_key=None), id="double encryption has no bucket key"),
        pytest.param(encryption(token=ENCRYPTION.replace("ion:", "ionV2:") + "V2"), id="V2"),
    ],
)
def test_passes(found: Resource) -> None:
    assert judged(RULE, DATA, found) == (Outcome.PASS, "")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        pytest.param(encryption("AES256", None), "sseAlgorithm", id="key of the service"),
        pytest.param(encryption(key=None), "kmsMasterKeyId` of data-encryption is not set", id="no key named"),
        pytest.param(encryption(key="alias/aws/s3"), "AWS manages", id="alias of a key that AWS manages"),
        pytest.param(encryption(key=f"{ARN[:-5]}alias/aws/s3"), "AWS manages", id="ARN of that alias"),
        pytest.param(encryption("aws:kms:dsse", None), "kmsMasterKeyId", id="double encryption, no key named"),
        pytest.param(encryption(bucket_key=False), "bucketKeyEnabled` of data-encryption is false", id="no bucket key"),
        pytest.param(encryption("AES256", UNKNOWN, from_key=True), "sseAlgorithm", id="key made, but not used"),
        pytest.param(with_rules([]), "sseAlgorithm", id="empty"),
    ],
)
def test_fails(found: Resource, reason: str) -> None:
    outcome, message = judged(RULE, DATA, found)
    assert outcome is Outcome.FAIL
    assert reason in message


def test_fails_without_any_configuration() -> None:
    outcome, message = judged(RULE, DATA)
    assert outcome is Outcome.FAIL
    assert message == "no BucketServerSideEncryptionConfiguration belongs to data"


@pytest.mark.parametrize("found", [encryption(key=UNKNOWN), with_rules(UNKNOWN)], ids=["key", "everything"])
def test_unknown_when_the_key_comes_from_elsewhere(found: Resource) -> None:
    outcome, message = judged(RULE, DATA, found)
    assert outcome is Outcome.UNKNOWN
    assert "rules" in message
    assert "data-encryption" in message


def test_a_bucket_of_access_logs_needs_the_key_of_the_service() -> None:
    logging = beside(LOGGING, {"targetBucket": UNKNOWN}, DATA, by="targetBucket")
    assert judged(RULE, DATA, encryption("AES256", None, False), logging) == (Outcome.PASS, "")
    outcome, message = judged(RULE, DATA, encryption(), logging)
    assert outcome is Outcome.FAIL
    assert "must be AES256" in message


def test_the_logged_bucket_itself_still_needs_its_own_key() -> None:
    logging = beside(LOGGING, {"targetBucket": "elsewhere"}, DATA)
    outcome, _ = judged(RULE, made(BUCKET, "data", {"bucket": "data"}), encryption("AES256", None), logging)
    assert outcome is Outcome.FAIL


def test_unknown_when_the_bucket_of_access_logs_is_not_known() -> None:
    logging = made(LOGGING, "logging", {"targetBucket": UNKNOWN})
    assert judged(RULE, DATA, encryption(), logging)[0] is Outcome.UNKNOWN
