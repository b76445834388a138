import dataclasses
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from policies._verdict import Outcome
from policies.output import sarif
from policies.profiles import Severity
from policies.registry import RULES
from tests.policies.output.findings import HOSTILE, audit, finding, one_of_each, rule

# As OASIS published it, without spaces.
SCHEMA = json.loads(Path(__file__).with_name("sarif-schema-2.1.0.json").read_text())


def run_of(found: Any, everything: bool = True) -> dict[str, Any]:
    report = json.loads(sarif.report(found, everything))
    jsonschema.Draft7Validator(SCHEMA).validate(report)
    [run] = report["runs"]
    return run


@pytest.mark.parametrize("everything", [False, True])
def test_a_report_is_valid_whatever_was_found(everything: bool) -> None:
    hostile = [finding(outcome, HOSTILE, source=(HOSTILE, 1)) for outcome in (Outcome.FAIL, Outcome.UNKNOWN)]
    run_of(audit(*one_of_each().findings, *hostile, gaps=(HOSTILE,)), everything)
    run_of(audit(), everything)


def test_every_rule_is_listed_with_help_within_githubs_limits() -> None:
    listed = run_of(audit())["tool"]["driver"]["rules"]
    assert [one["id"] for one in listed] == [one.id for one in RULES]
    for one, found in zip(listed, RULES, strict=True):
        assert found.instead in one["help"]["text"]
        assert found.good.strip() in one["help"]["markdown"]
        assert 0 < len(one["properties"]["tags"]) <= sarif.TAGS
        assert "security" in one["properties"]["tags"]
    scores = {one["id"]: float(one["properties"]["security-severity"]) for one in listed}
    assert scores[rule(Severity.CRITICAL).id] > 9 > scores[rule(Severity.HIGH).id] >= 7


def test_outcomes_have_sarifs_words() -> None:
    run = run_of(one_of_each())
    kinds = [(one["kind"], one["level"], "suppressions" in one) for one in run["results"]]
    level = sarif._LEVELS[RULES[0].severity]
    assert kinds == [
        ("fail", level, False),
        ("open", "none", False),
        ("open", "none", False),
        ("fail", level, True),
        ("notApplicable", "none", False),
        ("pass", "none", False),
    ]
    [invocation] = run["invocations"]
    assert not invocation["executionSuccessful"]
    [note] = invocation["toolExecutionNotifications"]
    assert note["associatedRule"]["id"] == RULES[0].id
    [justified] = [one["suppressions"] for one in run["results"] if "suppressions" in one]
    assert justified[0]["justification"].startswith("EX-1 (T-7): moved next week")


def test_without_everything_github_is_shown_failures_alone() -> None:
    assert [one["kind"] for one in run_of(one_of_each(), False)["results"]] == ["fail"]


def test_a_result_names_file_and_line() -> None:
    [known] = run_of(audit(finding()))["results"]
    place = known["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("a%20b/main.py", 5)
    [unknown] = run_of(audit(finding(source=None)))["results"]
    assert unknown["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.yaml"


def test_a_fingerprint_is_of_rule_resource_and_finding() -> None:
    one = sarif.fingerprint(finding())
    assert one == sarif.fingerprint(finding(stack="dev"))
    assert one == sarif.fingerprint(dataclasses.replace(finding(source=("elsewhere.py", 9))))
    others = [finding(name="other"), finding(findings=("other",)), finding(of=RULES[1])]
    assert len({one, *map(sarif.fingerprint, others)}) == 4


def test_a_run_that_is_too_long_loses_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULTS", 3)
    passes = [finding(Outcome.PASS, str(number)) for number in range(5)]
    run = run_of(audit(*passes, finding(), finding(name="other")))
    assert [one["kind"] for one in run["results"]] == ["fail", "fail", "pass"]
    assert "4 results are left out" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
