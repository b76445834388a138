from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.cost.environment_without_budget import RULE
from tests.policies.world import judged, made

VPC = made("aws:ec2/vpc:Vpc", "ml")
HEARD = {
    "comparisonOperator": "GREATER_THAN",
    "thresholdType": "PERCENTAGE",
    "subscriberEmailAddresses": [],
    "subscriberSnsTopicArns": [UNKNOWN],
}


def alarm(kind: str, threshold: Any, **other: Any) -> dict[str, Any]:
    return {**HEARD, "notificationType": kind, "threshold": threshold, **other}


def budget(*notifications: Any, **other: Any) -> Resource:
    properties = {"budgetType": "COST", "timeUnit": "MONTHLY", "limitUnit": "USD", "limitAmount": "1000"}
    return made("aws:budgets/budget:Budget", "budget", {**properties, "notifications": list(notifications), **other})


ACTUAL, FORECAST = alarm("ACTUAL", 80), alarm("FORECASTED", 100)
UNHEARD = alarm("ACTUAL", 50, subscriberSnsTopicArns=[])


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        pytest.param(budget(ACTUAL, FORECAST), Outcome.PASS, id="both"),
        pytest.param(budget(alarm("ACTUAL", 50), FORECAST), Outcome.PASS, id="earlier"),
        pytest.param(budget(alarm("ACTUAL", 90), FORECAST), Outcome.FAIL, id="later"),
        pytest.param(budget(ACTUAL), Outcome.FAIL, id="no forecast"),
        pytest.param(budget(UNHEARD, ACTUAL, FORECAST), Outcome.FAIL, id="one that nobody hears"),
        pytest.param(budget(ACTUAL, alarm("FORECASTED", UNKNOWN)), Outcome.UNKNOWN, id="who knows when"),
        pytest.param(budget(ACTUAL, UNKNOWN), Outcome.UNKNOWN, id="who knows of what"),
        pytest.param(budget(ACTUAL, FORECAST, limitAmount="50001"), Outcome.FAIL, id="over the cap"),
        pytest.param(budget(ACTUAL, FORECAST, timeUnit="ANNUALLY"), Outcome.FAIL, id="a year's"),
        pytest.param(budget(ACTUAL, FORECAST, budgetType="USAGE"), Outcome.FAIL, id="of hours"),
    ],
)
def test_budgets_and_the_environment_that_has_no_other(found: Resource, outcome: Outcome) -> None:
    assert judged(RULE, found)[0] is outcome
    assert judged(RULE, VPC, found)[0] is outcome


def test_an_environment_needs_one() -> None:
    assert judged(RULE, VPC) == (Outcome.FAIL, "no Budget limits what the environment of ml costs")
    assert judged(RULE, VPC, budget(), budget(ACTUAL, FORECAST))[0] is Outcome.PASS


def test_what_limits_one_service_does_not_limit_the_environment() -> None:
    part = budget(ACTUAL, FORECAST, costFilters=[{"name": "Service", "values": ["Amazon Relational Database Service"]}])
    assert judged(RULE, part)[0] is Outcome.PASS
    assert judged(RULE, VPC, part)[0] is Outcome.FAIL


def test_that_of_a_stack_of_one_layer_may_be_in_another() -> None:
    assert judged(RULE, VPC, stack="prod-foundation")[0] is Outcome.NOT_APPLICABLE
