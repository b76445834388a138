"""CST-04: an environment has a budget, and somebody hears of it in time."""

from collections.abc import Iterator

from policies._controls import iso_42001, nist, soc_2
from policies._pods import items
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, best, fail, not_applicable, require, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_BUDGET = "aws:budgets/budget:Budget"
_ALARMS = (("ACTUAL", 80), ("FORECASTED", 100))
"""Of what somebody has to hear, at which percentage at the latest."""


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.type == _BUDGET:
        return worst(_budget(resource, stack.profile.monthly_budget_usd))
    budgets = [one for one in stack.of_types([_BUDGET]) if not _of_a_service(one)]
    if not budgets and stack.is_one_layer:
        return not_applicable("the budget of its environment may be in the stack of another layer")
    if not budgets:
        return fail(f"no Budget limits what the environment of {resource.name} costs")
    return best(worst(_budget(one, stack.profile.monthly_budget_usd)) for one in budgets)


def _of_a_service(budget: Resource) -> bool:
    return any(budget.get(f"{path}.name") == "Service" for path in items(budget, "costFilters"))


def _budget(budget: Resource, most: int) -> Iterator[Verdict]:
    for path, wanted in (("budgetType", "COST"), ("timeUnit", "MONTHLY"), ("limitUnit", "USD")):
        yield require(budget, path, lambda value, wanted=wanted: value == wanted, wanted)
    # A budget has its limit as text.
    yield require(budget, "limitAmount", lambda amount: 0 < float(amount) <= most, f"{most} USD or less")
    found = budget.get("notifications")
    if found is UNKNOWN:
        yield unknown(at(budget, "notifications"))
        return
    paths = [f"notifications[{index}]" for index in range(len(found) if isinstance(found, list) else 0)]
    yield from (_heard(budget, path) for path in paths)
    for kind, latest in _ALARMS:
        verdicts = [_alarm(budget, path, kind, latest) for path in paths]
        silent = fail(f"{at(budget, 'notifications')} tell of no {kind} of {latest} % or less", f"notifications.{kind}")
        yield best([silent, *verdicts])


def _heard(budget: Resource, path: str) -> Verdict:
    lists = [budget.get(f"{path}.{name}") for name in ("subscriberSnsTopicArns", "subscriberEmailAddresses")]
    if any(isinstance(one, list) and one for one in lists):
        return PASS
    known = UNKNOWN not in (*lists, budget.get(path))
    return fail(f"nobody hears of {at(budget, path)}", path) if known else unknown(at(budget, path))


def _alarm(budget: Resource, path: str, kind: str, latest: int) -> Verdict:
    return worst(
        [
            require(budget, f"{path}.notificationType", lambda value: value == kind, kind),
            require(budget, f"{path}.thresholdType", lambda value: value == "PERCENTAGE", "PERCENTAGE"),
            require(budget, f"{path}.comparisonOperator", lambda value: value == "GREATER_THAN", "GREATER_THAN"),
            require(budget, f"{path}.threshold", lambda value: 0 < value <= latest, f"{latest} or less"),
        ]
    )


RULE = Rule(
    id="CST-04",
    name="environment-without-budget",
    title="An environment has a monthly budget within its cap, which tells of 80 % spent and of 100 % forecast.",
    why="The bill comes a month after the mistake; a forgotten GPU node costs a thousand dollars until then.",
    instead="Add a `Budget` of type COST, unit MONTHLY, with a `limitAmount` within `monthly_budget_usd` and "
    "notifications ACTUAL 80 and FORECASTED 100 that have subscribers. `CostGuard` makes it.",
    severity=Severity.HIGH,
    types=(_BUDGET, "aws:ec2/vpc:Vpc"),
    controls=(*nist("SC-6"), *soc_2("A1.1"), *iso_42001("A.4.2")),
    check=_check,
    good="""
heard = {"comparison_operator": "GREATER_THAN", "threshold_type": "PERCENTAGE", "subscriber_email_addresses": ["a@b.c"]}
aws.budgets.Budget(
    "ml",
    budget_type="COST",
    time_unit="MONTHLY",
    limit_amount="1000",
    limit_unit="USD",
    notifications=[
        {**heard, "notification_type": "ACTUAL", "threshold": 80},
        {**heard, "notification_type": "FORECASTED", "threshold": 100},
    ],
)
""",
    bad="""
aws.budgets.Budget("ml", budget_type="COST", time_unit="MONTHLY", limit_amount="1000", limit_unit="USD")
""",
    joins=True,
    parameters=("monthly_budget_usd",),
)
