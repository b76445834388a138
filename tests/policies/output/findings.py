"""Findings of every outcome, made up."""

from datetime import date
from typing import Any

from policies._rule import Point, Rule
from policies._verdict import Outcome, Verdict
from policies._view import Resource
from policies.exemptions import Exemption
from policies.findings import Finding
from policies.output import Audit
from policies.profiles import PROFILES, Severity
from policies.registry import RULES

HOSTILE = 'a<script>alert(1)</script>|`x` @everyone \x1b[31m\x00\u202e\ud800]]>&"'
EXEMPTION = Exemption(
    id="EX-1",
    rule=RULES[0].id,
    selector="*::exempt",
    reason="moved next week",
    approver="grace",
    ticket="T-7",
    created=date(2026, 1, 1),
    expires=date(2026, 1, 31),
)


def rule(severity: Severity) -> Rule:
    """A rule of this severity."""
    return next(one for one in RULES if one.severity is severity)


def finding(
    outcome: Outcome = Outcome.FAIL,
    name: str = "thing",
    of: Rule = RULES[0],
    stack: str = "prod",
    findings: tuple[str, ...] = ("path",),
    **more: Any,
) -> Finding:
    urn = f"urn:pulumi:{stack}::project::{of.types[0]}::{name}"
    resource = Resource(of.types[0], urn, source=more.pop("source", ("../../a b/main.py", 5)))
    said = "" if outcome is Outcome.PASS else f"`path` of {name} is wrong"
    return Finding(of, resource, Verdict(outcome, said, findings), Point.STATE, **more)


def audit(*findings: Finding, environment: str = "prod", **more: Any) -> Audit:
    return Audit(PROFILES[environment], findings, **more)


def one_of_each() -> Audit:
    made = [finding(outcome, outcome.value) for outcome in Outcome if outcome is not Outcome.EXEMPT]
    return audit(*made, finding(name="exempt", exemption=EXEMPTION))
