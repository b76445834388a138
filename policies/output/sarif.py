"""SARIF 2.1.0, within what GitHub's code scanning takes."""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from policies._rule import Rule
from policies._verdict import Outcome
from policies.findings import Finding
from policies.output import _text as text
from policies.output._audit import Audit
from policies.profiles import Severity
from policies.registry import RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS = 25_000
"""GitHub takes no run with more results."""
TAGS = 20
"""Nor a rule with more tags."""
PROJECT = "Pulumi.yaml"
"""What stands for a resource of which no file is known: GitHub takes no result without a file."""
_KINDS = {
    Outcome.FAIL: "fail",
    Outcome.EXEMPT: "fail",
    Outcome.UNKNOWN: "open",
    Outcome.NOT_EMULATED: "open",
    Outcome.NOT_APPLICABLE: "notApplicable",
    Outcome.PASS: "pass",
}
_LEVELS = {Severity.LOW: "note", Severity.MEDIUM: "warning", Severity.HIGH: "error", Severity.CRITICAL: "error"}
_SCORES = {Severity.LOW: "3.0", Severity.MEDIUM: "5.5", Severity.HIGH: "8.0", Severity.CRITICAL: "9.5"}
"""GitHub's bands: critical above 9.0, high from 7.0, medium from 4.0."""


def report(audit: Audit, everything: bool, rules: Iterable[Rule] = RULES) -> str:
    """One run. GitHub shows every result as an alert, a pass or a suppressed one too: without `everything` failures."""
    found = [one for one in audit.worst_first if one.outcome in _KINDS]
    wanted = found if everything else [one for one in found if one.outcome is Outcome.FAIL]
    # Passes last: a run that is too long loses those.
    listed = {rule.id: rule for rule in (*rules, *(one.rule for one in wanted))}
    places = {name: place for place, name in enumerate(listed)}
    notes = [_notification(f"{one.rule.id}: {text.message(one)}", one.rule) for one in audit.of(Outcome.ERROR)]
    notes += [_notification(gap) for gap in audit.gaps]
    if len(wanted) > RESULTS:
        notes.append(_notification(f"{len(wanted) - RESULTS} results are left out: GitHub takes {RESULTS}"))
    run = {
        "tool": {"driver": {"name": "ml-platform policies", "rules": [_rule(rule) for rule in listed.values()]}},
        "automationDetails": {"id": f"policies/{audit.profile.environment}/"},
        "invocations": [{"executionSuccessful": not notes, "toolExecutionNotifications": notes}],
        "results": [_result(one, places[one.rule.id]) for one in wanted[:RESULTS]],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def fingerprint(finding: Finding) -> str:
    """What stays the same of a finding from run to run, and from environment to environment."""
    urn = re.sub(r"^urn:pulumi:[^:]*::", "", finding.resource.urn)
    named = "|".join([finding.rule.id, urn, *finding.verdict.findings])
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()


def _rule(rule: Rule) -> dict[str, Any]:
    controls = [f"{control.framework} {control.version}: {control.control}" for control in rule.controls]
    supports = "\n".join(f"- {control}" for control in controls)
    remedy = f"{rule.why}\n\n{rule.instead}"
    return {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{remedy}\n\nSupports:\n{supports}",
            "markdown": f"{remedy}\n\n```python\n{rule.good.strip()}\n```\n\n**Supports**\n\n{supports}",
        },
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "security-severity": _SCORES[rule.severity],
            "tags": list(dict.fromkeys(["security", *(control.framework for control in rule.controls)]))[:TAGS],
        },
    }


def _result(finding: Finding, place: int) -> dict[str, Any]:
    kind, digest = _KINDS[finding.outcome], fingerprint(finding)
    file, line = text.place(finding) or (PROJECT, 1)
    made: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": place,
        "kind": kind,
        "level": _LEVELS[finding.rule.severity] if kind == "fail" else "none",
        "message": {"text": f"{text.name(finding)}: {text.message(finding)}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": quote(file)}, "region": {"startLine": line}},
                "logicalLocations": [{"fullyQualifiedName": text.printable(finding.resource.urn), "kind": "resource"}],
            }
        ],
        # GitHub tells alerts apart by the first alone.
        "partialFingerprints": {"primaryLocationLineHash": f"{digest[:16]}:1", "ruleResourceFinding/v1": digest},
        "properties": {"point": finding.point},
    }
    if finding.exemption:
        justification = text.answered(finding)
        made["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
    return made


def _notification(told: str, rule: Rule | None = None) -> dict[str, Any]:
    about = {"associatedRule": {"id": rule.id}} if rule else {}
    return {"level": "error", "message": {"text": text.printable(told)}, **about}
