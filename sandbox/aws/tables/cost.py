"""Budgets and Cost Explorer."""

from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags

_BUDGET_PARTS = ("budgetType", "costFilters", "limitAmount", "limitUnit", "name", "timeUnit")
_OF_BUDGET = {"AccountId": "{account}", "BudgetName": "{name}"}


def _budget(values: dict[str, Any]) -> dict[str, Any]:
    """A budget as the API takes it: the limit in a structure, filters as a map."""
    return {
        "BudgetName": values["name"],
        "BudgetType": values["budgetType"],
        "TimeUnit": values["timeUnit"],
        "BudgetLimit": {"Amount": values["limitAmount"], "Unit": values["limitUnit"]},
        "CostFilters": {one["name"]: one["values"] for one in values.get("costFilters", [])},
    }


def _notifications(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Who is told at which threshold; the API keeps subscribers of both kinds in one list."""
    return [
        {
            "Notification": {
                "NotificationType": one["notificationType"],
                "ComparisonOperator": one["comparisonOperator"],
                "Threshold": one["threshold"],
                "ThresholdType": one["thresholdType"],
            },
            "Subscribers": [
                {"SubscriptionType": kind, "Address": address}
                for key, kind in (("subscriberSnsTopicArns", "SNS"), ("subscriberEmailAddresses", "EMAIL"))
                for address in one.get(key, [])
            ],
        }
        for one in values.get("notifications", [])
    ]


KINDS = (
    Kind(
        token="aws:budgets/budget:Budget",
        client="budgets",
        id="{account}:{name}",
        autoname="name",
        create=(
            Call(
                "create_budget",
                {"AccountId": "{account}", "Budget": _budget, "NotificationsWithSubscribers": _notifications},
                uses=(*_BUDGET_PARTS, "notifications"),
            ),
        ),
        update=(Call("update_budget", {"AccountId": "{account}", "NewBudget": _budget}, uses=_BUDGET_PARTS),),
        read=(Get("describe_budget", _OF_BUDGET, {"BudgetName": "name"}, at="Budget"),),
        delete=(Call("delete_budget", _OF_BUDGET),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceARN": "{arn}"}),
        outputs={"arn": "arn:aws:budgets::{account}:budget/{name}"},
        # Limit, filters and subscribers lie in structures of their own.
        recorded=("costFilters", "limitAmount", "limitUnit", "notifications", "tags"),
        listing=Listing("describe_budgets", "Budgets", "BudgetName", given={"AccountId": "{account}"}),
    ),
    Kind(
        token="aws:costexplorer/anomalyMonitor:AnomalyMonitor",
        client="ce",
        id="{arn}",
        autoname="name",
        create=(
            Call(
                "create_anomaly_monitor",
                rename={"MonitorName": "name", "ResourceTags": "tags"},
                wrap="AnomalyMonitor",
            ),
        ),
        update=(Call("update_anomaly_monitor", rename={"MonitorName": "name"}),),
        read=(),
        tags=Tags("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}, "ResourceTags", "ResourceTagKeys"),
        emulated=False,
        invented={"arn": "arn:aws:ce::monitor/"},
    ),
    Kind(
        token="aws:costexplorer/anomalySubscription:AnomalySubscription",
        client="ce",
        id="{arn}",
        autoname="name",
        create=(
            Call(
                "create_anomaly_subscription",
                rename={
                    "SubscriptionName": "name",
                    "MonitorArnList": "monitorArnLists",
                    "ResourceTags": "tags",
                    "Dimensions": "dimension",
                },
                wrap="AnomalySubscription",
            ),
        ),
        update=(
            Call(
                "update_anomaly_subscription", rename={"MonitorArnList": "monitorArnLists", "Dimensions": "dimension"}
            ),
        ),
        read=(),
        tags=Tags("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}, "ResourceTags", "ResourceTagKeys"),
        emulated=False,
        invented={"arn": "arn:aws:ce::subscription/"},
    ),
    Kind(
        token="aws:costexplorer/costAllocationTag:CostAllocationTag",
        client="ce",
        id="{tagKey}",
        create=(Call("update_cost_allocation_tags_status", wrap="CostAllocationTagsStatus.0"),),
        update=(Call("update_cost_allocation_tags_status", wrap="CostAllocationTagsStatus.0"),),
        read=(),
        emulated=False,
        outputs={"type": "UserDefined"},
    ),
)
