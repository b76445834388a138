from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from policies._verdict import Outcome
from policies._view import Stack
from policies.cost.environment_without_budget import RULE
from policies.live import budgets
from policies.live.reader import Clients, Reader

NUMBER = "123456789012"
ACTUAL = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
FORECAST = {**ACTUAL, "NotificationType": "FORECASTED", "Threshold": 100.0, "ThresholdType": "PERCENTAGE"}
HEARD = [{"SubscriptionType": "EMAIL", "Address": "ml@example.com"}]


def judged(session: boto3.Session, amount: str, notifications: list[dict[str, Any]], who: list[Any] | None) -> Outcome:
    """What is said of a budget; nobody may read who hears of it if `who` is None. Moto knows no subscribers."""
    clients = Clients(session)
    budget = {
        "BudgetName": "ml",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": amount, "Unit": "USD"},
        "CostFilters": {"TagKeyValue": ["user:environment$prod"]},
    }
    with Stubber(clients["budgets"]) as stub:
        stub.add_response("describe_budgets", {"Budgets": [budget]}, {"AccountId": NUMBER})
        stub.add_response("describe_notifications_for_budget", {"Notifications": notifications})
        for _ in notifications:
            if who is None:
                stub.add_client_error("describe_subscribers_for_notification", "AccessDeniedException")
            else:
                stub.add_response("describe_subscribers_for_notification", {"Subscribers": who})
        [found] = budgets.budgets(Reader(session, NUMBER, clients=clients))
    return RULE.judge(found, Stack("prod", (found,))).outcome


@pytest.mark.parametrize(
    ("amount", "notifications", "who", "outcome"),
    [
        pytest.param("1000.0", [ACTUAL, FORECAST], HEARD, Outcome.PASS, id="good"),
        pytest.param("900000.0", [ACTUAL, FORECAST], HEARD, Outcome.FAIL, id="over the cap"),
        pytest.param("1000.0", [ACTUAL], HEARD, Outcome.FAIL, id="no forecast"),
        pytest.param("1000.0", [ACTUAL, FORECAST], None, Outcome.UNKNOWN, id="nobody may know who hears"),
    ],
)
def test_budgets(
    session: boto3.Session, amount: str, notifications: list[dict[str, Any]], who: list[Any] | None, outcome: Outcome
) -> None:
    assert judged(session, amount, notifications, who) is outcome
