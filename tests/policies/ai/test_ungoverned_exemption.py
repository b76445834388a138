"""Who may exempt from a critical rule on AI, and for how long."""

from datetime import UTC, date, datetime, timedelta

import pytest

from policies._rule import Point
from policies._verdict import Outcome
from policies._view import Stack
from policies.exemptions import Entry, Exemption, Exemptions
from policies.findings import judge
from tests.policies.examples import seen

NOW = datetime(2026, 12, 1, tzinfo=UTC)
GOVERNANCE = "ai-governance@example.com"


def outcomes(approver: str, days: int, rule: str = "AIG-02") -> tuple[Outcome, set[str]]:
    """What becomes of a model without a tier, and which rules on exemptions fail."""
    found = Exemption(
        id="EX-1",
        rule=rule,
        selector="*::score",
        reason="a demonstration without people",
        approver=approver,
        ticket="AI-1",
        created=date(2026, 12, 1),
        expires=date(2026, 12, 1) + timedelta(days=days - 1),
    )
    [subject] = seen('k8s.core.v1.Pod("score", metadata={"labels": {"ml-platform/model": "score"}})').resources
    stack = Stack("prod", (subject,), now=NOW)
    told = list(judge(stack, Point.PLAN, exemptions=Exemptions((Entry("EX-1", ("e.yaml", 1), found),))))
    [of_tier] = [one.outcome for one in told if one.rule.id == "AIG-02"]
    return of_tier, {
        one.rule.id
        for one in told
        if one.rule.id[:3] in ("EXM", "AIG") and one.resource is not subject and one.outcome is Outcome.FAIL
    }


def test_governance_may_for_thirty_days() -> None:
    outcome, failed = outcomes(GOVERNANCE, 30)
    assert outcome is Outcome.EXEMPT
    assert "AIG-13" not in failed


@pytest.mark.parametrize(("approver", "days"), [("ana@example.com", 30), (GOVERNANCE, 31)])
def test_nobody_else_may_and_nobody_for_longer(approver: str, days: int) -> None:
    outcome, failed = outcomes(approver, days)
    assert outcome is Outcome.FAIL
    assert {"AIG-13", "EXM-01"} <= failed


def test_other_rules_are_not_governed() -> None:
    assert "AIG-13" not in outcomes("ana@example.com", 31, "AIG-12")[1]
