from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.data.unprotected_cache import RULE
from tests.policies.world import judged, made

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
ENCRYPTED = {
    "atRestEncryptionEnabled": True,
    "kmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/1",
    "transitEncryptionEnabled": True,
}


@pytest.mark.parametrize(
    ("properties", "outcome"),
    [
        ({"userGroupIds": ["features"]}, Outcome.PASS),
        ({"authToken": "hunter2"}, Outcome.PASS),
        ({"authToken": UNKNOWN}, Outcome.UNKNOWN),
        ({"userGroupIds": []}, Outcome.FAIL),
        ({}, Outcome.FAIL),
        ({"authToken": "hunter2", "transitEncryptionMode": "preferred"}, Outcome.FAIL),
    ],
)
def test_how_clients_sign_in(properties: dict[str, Any], outcome: Outcome) -> None:
    found, message = judged(RULE, made(CACHE, properties=ENCRYPTED | properties))
    assert found is outcome
    assert "hunter2" not in message
