from typing import Any

import pytest

from policies._verdict import Outcome
from policies.secrets.secret_without_customer_key import RULE
from tests.policies.world import judged, made

ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        ({"automaticallyAfterDays": 90}, Outcome.PASS),
        ({"automaticallyAfterDays": 91}, Outcome.FAIL),
        ({"scheduleExpression": "rate(4 hours)"}, Outcome.PASS),
        ({"scheduleExpression": "rate(90 days)"}, Outcome.PASS),
        ({"scheduleExpression": "rate(120 days)"}, Outcome.FAIL),
        ({"scheduleExpression": "cron(0 16 1 * ? *)"}, Outcome.PASS),
        ({}, Outcome.FAIL),
    ],
)
def test_how_often(rules: dict[str, Any], outcome: Outcome) -> None:
    assert judged(RULE, made(ROTATION, properties={"rotationRules": rules}))[0] is outcome


def test_a_rotation_that_is_switched_off() -> None:
    off = {"rotationEnabled": False, "rotationRules": {"automaticallyAfterDays": 30}}
    assert judged(RULE, made(ROTATION, properties=off))[0] is Outcome.FAIL
