"""Cost: what nodes cost, against the month's budget, last week, and what is served for it."""

from monitoring.rule import Alert, Group, Missing, Owner, Recording, Severity
from monitoring.services import OF, PODS, SERVICE, promised
from monitoring.watched import Watched

HOURS_A_MONTH = 730
"""365 days of 24 hours, divided by 12."""
BUDGET = "ml_platform:cost:budget_usd_per_month"
"""What the nodes may cost a month. An environment without a budget does not record it."""
POD = "namespace, pod"
FAST = 3
"""Times the budget's rate that is a page: a month's money in ten days."""


def _of_pods(used: str, price: str, share: str = "") -> str:
    """USD an hour of pods for one kind of resource."""
    return f"sum by ({POD}) ({used}{share} * on (node) group_left () max by (node) ({price}))"


CORES = _of_pods("container_cpu_allocation", "node_cpu_hourly_cost")
MEMORY = _of_pods("container_memory_allocation_bytes", "node_ram_hourly_cost", " / 1024 ^ 3")
GPUS = _of_pods("container_gpu_allocation", "node_gpu_hourly_cost")
SERVING = f"max by ({POD}, model) ({PODS})"
"""Pods of services; a pod that is not up costs as much."""


def group(watched: Watched) -> Group:
    """Alerts of cost; those of the budget only where there is one."""
    common = {"owner": Owner.PLATFORM, "missing": Missing.SILENT, "noticed": "EmitterMissing"}
    rate, growth = "ml_platform:cost:usd_per_hour", f"{watched.thresholds.cost_growth:g}"
    budget, recorded = tuple[Alert, ...](), tuple[Recording, ...]()
    if watched.monthly_usd:
        recorded = (Recording(name=BUDGET, expr=f"vector({watched.monthly_usd:.10g})"),)
        budget = (
            Alert(
                name="CostBudgetBurning",
                expr=f"avg_over_time({rate}[1h]) * {HOURS_A_MONTH} > {FAST * watched.monthly_usd:g}",
                wait="15m",
                severity=Severity.PAGE,
                summary=f"nodes cost {{{{ $value | humanize }}}} USD a month at this rate, not {watched.monthly_usd:g}",
                **common,
            ),
            Alert(
                name="CostBudgetLeaking",
                expr=f"avg_over_time({rate}[6h]) * {HOURS_A_MONTH} > {watched.monthly_usd:g}",
                wait="6h",
                severity=Severity.TICKET,
                summary=f"nodes cost {{{{ $value | humanize }}}} USD a month at this rate, not {watched.monthly_usd:g}",
                **common,
            ),
        )
    return Group(
        name="cost",
        recordings=(
            *recorded,
            Recording(name=rate, expr="sum(node_total_hourly_cost)"),
            Recording(
                name="ml_platform:cost:service_usd_per_hour",
                expr=f"sum by ({OF}) (({CORES} + {MEMORY} + ({GPUS} or 0 * {CORES}))"
                f" * on ({POD}) group_left (model) (0 * {SERVING} + 1))",
            ),
        ),
        alerts=(
            *budget,
            Alert(
                name="CostRising",
                expr=f"avg_over_time({rate}[6h]) / avg_over_time({rate}[6h] offset 7d) > {growth}",
                wait="2h",
                severity=Severity.INFO,
                summary="nodes cost {{ $value | humanize }} times as much as a week ago",
                **common,
            ),
            Alert(
                name="PredictionsExpensive",
                expr="ml_platform:cost:service_usd_per_hour / (ml_platform:requests:rate1h * 3.6)"
                f" > {promised('usd_per_thousand')}"
                f" and ml_platform:requests:rate1h * 3600 > {watched.thresholds.min_requests:g}",
                wait="2h",
                severity=Severity.TICKET,
                owner=Owner.SERVICE,
                summary=f'{SERVICE}: a thousand answers cost {{{{ $value | printf "%.3f" }}}} USD',
                missing=Missing.SILENT,
                noticed="EmitterMissing",
            ),
        ),
    )
