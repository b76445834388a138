import json
from collections import Counter
from typing import Any

import pytest

from components import CostGuard
from components.cost_guard import idle_stop
from tests.components.conftest import ACCOUNT, TAGS, Recorder, Run
from tests.components.iam import decide

DATABASE = "arn:aws:rds:eu-central-1:123456789012:db:mlflow"
STOP = {
    "stop": "cron(0 20 ? * MON-FRI *)",
    "start": "cron(0 7 ? * MON-FRI *)",
    "timezone": "Europe/Berlin",
    "database": "mlflow",
    "database_arn": DATABASE,
}


def guard(**more: Any) -> CostGuard:
    args = {"monthly_limit_usd": 1000, "topic_arns": ["arn:topic"], "tags": TAGS}
    return CostGuard("costs", {**args, **more})  # pyright: ignore[reportArgumentType]


def test_the_budget_counts_the_account_whatever_tags_are_active(recorder: Recorder, run: Run) -> None:
    run(guard)
    budget = recorder.inputs("Budget", "costs")
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("1000", "USD", "MONTHLY")
    assert budget["costFilters"] == [{"name": "LinkedAccount", "values": [ACCOUNT]}]


def test_it_tells_at_half_at_four_fifths_at_all_and_when_all_is_to_be_expected(recorder: Recorder, run: Run) -> None:
    run(lambda: guard(emails=["a@example.com"]))
    told = recorder.inputs("Budget", "costs")["notifications"]
    assert [(one["notificationType"], one["threshold"]) for one in told] == [
        ("ACTUAL", 50),
        ("ACTUAL", 80),
        ("ACTUAL", 100),
        ("FORECASTED", 100),
    ]
    for one in told:
        assert one["subscriberSnsTopicArns"] == ["arn:topic"]
        assert one["subscriberEmailAddresses"] == ["a@example.com"]
        assert (one["comparisonOperator"], one["thresholdType"]) == ("GREATER_THAN", "PERCENTAGE")


def test_a_service_may_have_a_budget_of_its_own(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: guard(service_limits_usd={"Amazon Elastic Compute Cloud - Compute": 500}))
    budget = recorder.inputs("Budget", "costs-amazon-elastic-compute-cloud-compute")
    assert budget["limitAmount"] == "500"
    assert {"name": "Service", "values": ["Amazon Elastic Compute Cloud - Compute"]} in budget["costFilters"]
    assert len(outputs["budget_names"]) == 2


def test_an_unexpected_cost_is_told_at_once(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: guard(anomaly_usd=40))
    subscription = recorder.inputs("AnomalySubscription", "costs")
    assert subscription["frequency"] == "IMMEDIATE"
    assert subscription["monitorArnLists"] == [outputs["monitor_arn"]]
    assert subscription["subscribers"] == [{"type": "SNS", "address": "arn:topic"}]
    assert subscription["thresholdExpression"]["dimension"] == {
        "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
        "matchOptions": ["GREATER_THAN_OR_EQUAL"],
        "values": ["40"],
    }


@pytest.mark.parametrize("activate", [True, False])
def test_tags_are_activated_only_where_that_is_allowed(recorder: Recorder, run: Run, activate: bool) -> None:
    run(lambda: guard(activate_tags=activate))
    active = {one.inputs["tagKey"] for one in recorder.of("CostAllocationTag")}
    assert active == ({*TAGS, "component"} if activate else set())


def test_without_idle_stop_nothing_can_stop_anything(recorder: Recorder, run: Run) -> None:
    assert run(guard)["schedule_arns"] == []
    assert recorder.kinds() == Counter({"CostGuard": 1, "Budget": 1, "AnomalyMonitor": 1, "AnomalySubscription": 1})


def test_the_database_is_stopped_and_started_again(recorder: Recorder, run: Run) -> None:
    run(lambda: guard(idle_stop=STOP))
    found = {one.name: one.inputs for one in recorder.of("Schedule")}
    assert {name: one["scheduleExpression"] for name, one in found.items()} == {
        "costs-stop-database": STOP["stop"],
        "costs-start-database": STOP["start"],
    }
    assert {one["scheduleExpressionTimezone"] for one in found.values()} == {"Europe/Berlin"}
    assert found["costs-stop-database"]["target"]["arn"].endswith(":aws-sdk:rds:stopDBInstance")
    assert json.loads(found["costs-stop-database"]["target"]["input"]) == {"DbInstanceIdentifier": "mlflow"}


def test_a_monitor_that_the_account_already_has_is_used(recorder: Recorder, run: Run) -> None:
    # AWS gives accounts with Cost Explorer a Default-Services-Monitor and refuses a second one.
    arn = f"arn:aws:ce::{ACCOUNT}:anomalymonitor/1"
    outputs = run(lambda: guard(monitor_arn=arn))
    assert not recorder.of("AnomalyMonitor")
    assert recorder.inputs("AnomalySubscription", "costs")["monitorArnLists"] == [arn] == [outputs["monitor_arn"]]


def test_the_role_of_the_schedules_stops_these_and_nothing_else() -> None:
    statements = [idle_stop(DATABASE)]
    assert decide(statements, "rds:StopDBInstance", DATABASE) == "Allow"
    assert decide(statements, "rds:StopDBInstance", f"{DATABASE}2") == "no"
    assert decide(statements, "rds:DeleteDBInstance", DATABASE) == "no"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"topic_arns": []}, "topic_arns is empty, so nobody hears of a budget"),
        ({"emails": ["a@example.com", "nobody"]}, r"emails\[1\] = 'nobody'; allowed: an e-mail address"),
        ({"topic_arns": ["a", "b"]}, "one topic and ten addresses"),
        ({"emails": [f"a{n}@example.com" for n in range(11)]}, "one topic and ten addresses"),
        ({"monthly_limit_usd": 0}, "monthly_limit_usd = 0; allowed: 1 or more"),
        ({"service_limits_usd": {"AWS Glue": -1}}, "AWS Glue = -1; allowed: 1 or more"),
        ({"idle_stop": STOP, "tags": {**TAGS, "environment": "prod"}}, "idle_stop is set in prod"),
    ],
)
def test_a_guard_that_could_not_guard_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: guard(**more))
