"""Objectives, as the rate at which their budget is spent: fast spending is a page, slow spending a ticket.

After the SRE workbook, chapter 5: each rate is asked of a long window, so that it matters, and of a short one, so that
the alert ends soon after the fault does. A rate alone is no evidence: of 100 requests one that fails is ten times the
budget of 99.9 %. So a budget burns only with a few bad requests in the long window, however many requests there were.
"""

from monitoring.rule import Alert, Missing, Owner, Severity
from monitoring.services import SERVICE, promised
from monitoring.watched import PAGE_FACTORS, TICKET_FACTORS, Thresholds

WINDOWS = {14.4: ("1h", "5m"), 6.0: ("6h", "30m"), 3.0: ("1d", "2h"), 1.0: ("3d", "6h")}
"""Factor to its long and its short window."""


def burning(ratio: str, bad: str, budget: str, factors: tuple[float, ...], min_failures: float) -> str:
    """Expression: a budget is spent at one of these rates.

    Args:
        ratio: Series of the bad share without its window, such as `ml_platform:errors:ratio`.
        bad: Series of bad requests a second, of the last five minutes.
        budget: Series of the share that may be bad.
        factors: Rates, of `WINDOWS`.
        min_failures: Bad requests in the long window below which no alert fires.
    """
    parts = []
    for factor in factors:
        long, short = WINDOWS[factor]
        parts.append(
            f"({ratio}{long} > {factor:g} * {budget} and {ratio}{short} > {factor:g} * {budget}"
            # A rate is recorded as often in five minutes as it is counted there: a sum of rates times the time between
            # two is a number of requests. An average times the window would be too many while the window is not full.
            f" and sum_over_time({bad}[{long}]) * 300 / count_over_time({bad}[5m]) >= {min_failures:g})"
        )
    return " or ".join(parts)


def _objective(name: str, what: tuple[str, str], budget: str, text: str, least: float) -> tuple[Alert, Alert]:
    ratio, bad = what
    return (
        Alert(
            name=f"{name}BudgetBurning",
            expr=burning(ratio, bad, budget, PAGE_FACTORS, least),
            wait="2m",
            severity=Severity.PAGE,
            owner=Owner.SERVICE,
            summary=f"{SERVICE}: {{{{ $value | humanizePercentage }}}} of {text}",
            missing=Missing.SILENT,
            noticed="ServiceDown",
        ),
        Alert(
            name=f"{name}BudgetLeaking",
            expr=burning(ratio, bad, budget, TICKET_FACTORS, least),
            wait="15m",
            severity=Severity.TICKET,
            owner=Owner.SERVICE,
            summary=f"{SERVICE}: {{{{ $value | humanizePercentage }}}} of {text} for a day or more",
            missing=Missing.SILENT,
            noticed="ServiceDown",
        ),
    )


def alerts(bounds: Thresholds) -> tuple[Alert, ...]:
    """Alerts of availability and of latency: that of MLServer's answers, and that of first tokens and next tokens."""
    least, slow = bounds.min_failures, promised("slow_budget")
    errors, late, tokens = (
        (f"ml_platform:{ratio}:ratio", f"ml_platform:{bad}:rate5m")
        for ratio, bad in (("errors", "failures"), ("slow", "late"), ("slow_tokens", "late_tokens"))
    )
    return (
        *_objective("Error", errors, promised("error_budget"), "requests fail", least),
        *_objective("Latency", late, slow, "requests are too slow", least),
        *_objective("Token", tokens, slow, "tokens are too slow", least),
    )
