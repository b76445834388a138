from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.secrets.secret_that_stays import RULE
from tests.policies.world import judged, made

SECRET, ROTATION = "aws:secretsmanager/secret:Secret", "aws:secretsmanager/secretRotation:SecretRotation"
ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:tracker-a"


def ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize(
    ("tags", "outcome"),
    [
        ({"rotated": ago(0)}, Outcome.PASS),
        ({"rotated": ago(364)}, Outcome.PASS),
        ({"rotated": ago(366)}, Outcome.FAIL),
        ({"rotated": ago(-2)}, Outcome.FAIL),
        ({"rotated": "last spring"}, Outcome.FAIL),
        ({}, Outcome.FAIL),
        (UNKNOWN, Outcome.UNKNOWN),
    ],
)
def test_by_hand(tags: Any, outcome: Outcome) -> None:
    assert judged(RULE, made(SECRET, "tracker", {"arn": ARN, "tags": tags}))[0] is outcome


@pytest.mark.parametrize(
    ("of", "outcome"), [(ARN, Outcome.PASS), (f"{ARN}2", Outcome.FAIL), (UNKNOWN, Outcome.UNKNOWN)]
)
def test_by_itself(of: Any, outcome: Outcome) -> None:
    rotation = made(ROTATION, "tracker", {"secretId": of, "rotationRules": {"automaticallyAfterDays": 30}})
    assert judged(RULE, made(SECRET, "tracker", {"arn": ARN, "tags": {}}), rotation)[0] is outcome
