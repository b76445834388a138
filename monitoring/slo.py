"""Objectives, as the rate at which their budget is spent: fast spending wakes somebody, slow spending is a ticket.

After the SRE workbook, chapter 5: each rate is asked of a long window, so that it matters, and of a short one, so that
the alert ends soon after the fault does. A service with hardly any traffic cannot spend a budget that counts.
"""

from monitoring.rule import Alert, Missing, Owner, Severity
from monitoring.services import SERVICE, promised
from monitoring.watched import PAGE_FACTORS, TICKET_FACTORS, Thresholds

WINDOWS = {14.4: ("1h", "5m"), 6.0: ("6h", "30m"), 3.0: ("1d", "2h"), 1.0: ("3d", "6h")}
"""Factor to its long and its short window."""
SECONDS = {"1h": 3600, "6h": 21600, "1d": 86400, "3d": 259200}


def burning(ratio: str, budget: str, factors: tuple[float, ...], min_requests: float) -> str:
    """Expression: a budget is spent at one of these rates.

    Args:
        ratio: Series of the bad share without its window, such as `ml_platform:errors:ratio`.
        budget: Series of the share that may be bad.
        factors: Rates, of `WINDOWS`.
        min_requests: Requests in the long window without which nothing is said.
    """
    parts = []
    for factor in factors:
        long, short = WINDOWS[factor]
        parts.append(
            f"({ratio}{long} > {factor:g} * {budget} and {ratio}{short} > {factor:g} * {budget}"
            f" and ml_platform:requests:rate{long} * {SECONDS[long]} > {min_requests:g})"
        )
    return " or ".join(parts)


def _objective(name: str, ratio: str, budget: str, text: str, least: float) -> tuple[Alert, Alert]:
    return (
        Alert(
            name=f"{name}BudgetBurning",
            expr=burning(ratio, budget, PAGE_FACTORS, least),
            wait="2m",
            severity=Severity.PAGE,
            owner=Owner.SERVICE,
            summary=f"{SERVICE}: {{{{ $value | humanizePercentage }}}} of requests {text}",
            missing=Missing.SILENT,
            noticed="ServiceDown",
        ),
        Alert(
            name=f"{name}BudgetLeaking",
            expr=burning(ratio, budget, TICKET_FACTORS, least),
            wait="15m",
            severity=Severity.TICKET,
            owner=Owner.SERVICE,
            summary=f"{SERVICE}: {{{{ $value | humanizePercentage }}}} of requests {text} for a day or more",
            missing=Missing.SILENT,
            noticed="ServiceDown",
        ),
    )


def alerts(bounds: Thresholds) -> tuple[Alert, ...]:
    """Alerts of availability and of latency."""
    least = bounds.min_requests
    return (
        *_objective("Error", "ml_platform:errors:ratio", promised("error_budget"), "fail", least),
        *_objective("Latency", "ml_platform:slow:ratio", promised("slow_budget"), "are too slow", least),
    )
