"""Budgets, and who hears of them."""

from collections.abc import Iterator
from typing import Any

from policies._view import UNKNOWN, Resource
from policies.live._answers import tags
from policies.live.reader import Reader, collects

_BUDGET = "aws:budgets/budget:Budget"


@collects(_BUDGET)
def budgets(read: Reader) -> Iterator[Resource]:
    """Budgets of the account, wherever what they count lies."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        name, limit = item["BudgetName"], item.get("BudgetLimit", {})
        whose = {"AccountId": read.account, "BudgetName": name}
        arn = f"arn:aws:budgets::{read.account}:budget/{name}"
        answer = read.get("budgets", "describe_notifications_for_budget", **whose)
        heard = UNKNOWN if answer is UNKNOWN else [notification(one, whose) for one in answer["Notifications"]]
        found = {
            "name": name,
            "budgetType": item["BudgetType"],
            "timeUnit": item["TimeUnit"],
            "limitAmount": limit.get("Amount"),
            "limitUnit": limit.get("Unit"),
            "costFilters": [
                {"name": filter_, "values": values} for filter_, values in (item.get("CostFilters") or {}).items()
            ],
            "notifications": heard,
            "tags": tags(read.parts("budgets", "list_tags_for_resource", "ResourceTags", ResourceARN=arn)),
        }
        yield Resource(_BUDGET, arn, found, protect=None)

    def notification(item: dict[str, Any], whose: dict[str, str]) -> dict[str, Any]:
        answer = read.get("budgets", "describe_subscribers_for_notification", **whose, Notification=item)
        who = {} if answer is UNKNOWN else {"SNS": [], "EMAIL": []}
        for subscriber in () if answer is UNKNOWN else answer["Subscribers"]:
            who[subscriber["SubscriptionType"]].append(subscriber["Address"])
        return {
            "notificationType": item["NotificationType"],
            "comparisonOperator": item["ComparisonOperator"],
            "threshold": item["Threshold"],
            "thresholdType": item.get("ThresholdType", "PERCENTAGE"),
            "subscriberSnsTopicArns": who.get("SNS", UNKNOWN),
            "subscriberEmailAddresses": who.get("EMAIL", UNKNOWN),
        }

    yield from read.each(one, read.list("budgets", "describe_budgets", "Budgets", AccountId=read.account))
