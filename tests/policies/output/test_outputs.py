import json
import re
from pathlib import Path
from xml.etree import ElementTree as xml

import jsonschema
import pytest

from policies._rule import Point
from policies._verdict import Outcome, Verdict
from policies._view import Resource
from policies.findings import Finding
from policies.output import FORMATS, markdown
from policies.output.console import SHOWN
from policies.output.console import report as console
from policies.output.document import data, schema
from policies.profiles import Severity
from policies.registry import RULES
from tests.policies.output.findings import EXEMPTION, HOSTILE, audit, finding, one_of_each, rule

ROOT = Path(__file__).parents[3]
everywhere = pytest.mark.parametrize("form", FORMATS)


@everywhere
@pytest.mark.parametrize("everything", [False, True])
def test_hostile_names_are_text_in_every_form(form: str, everything: bool) -> None:
    text = FORMATS[form](audit(finding(name=HOSTILE), finding(Outcome.ERROR, HOSTILE), gaps=(HOSTILE,)), everything)
    text.encode()  # no lone surrogates
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text)
    if form == "markdown":
        outside = re.sub(r"`[^`]*`", "", text)
        assert "<script>" not in outside
        assert "@" not in outside
    if form == "junit":
        [case, *_] = xml.fromstring(text).findall(".//testcase")
        assert "::a<script>alert(1)</script>|" in case.get("name", "")


@everywhere
def test_nothing_found_is_said_too(form: str) -> None:
    assert FORMATS[form](audit(), False)


def test_the_exit_code_is_of_the_worst() -> None:
    high, low = rule(Severity.HIGH), rule(Severity.MEDIUM)
    assert audit(finding(Outcome.PASS)).code == 0
    assert audit(finding(of=high), finding(Outcome.ERROR)).code == 1
    assert audit(finding(Outcome.ERROR)).code == audit(gaps=("no",)).code == 3
    assert audit(finding(exemption=EXEMPTION)).code == 0
    # `dev` is mandatory from high.
    assert audit(finding(of=low), finding(Outcome.UNKNOWN, of=low), environment="dev").code == 0
    assert audit(finding(Outcome.UNKNOWN, of=high), environment="dev").code == 3
    assert audit(finding(of=low), environment="dev", fail_on=Severity.LOW).code == 1
    assert audit(finding(of=high), fail_on=Severity.CRITICAL).code == 0


def test_the_console_says_the_worst_first_and_the_counts_last() -> None:
    lines = console(one_of_each(), False).splitlines()
    assert [line.split()[0] for line in lines] == ["ERROR", "FAIL", "UNKNOWN", "not", "1", "prod:"]
    assert lines[-1].endswith(
        "1 refused, 1 defective, 1 not known, 1 not emulated, 1 exempt, 1 passed, 1 not applicable"
    )
    everything = console(one_of_each(), True).splitlines()
    assert [line.split()[0] for line in everything[:-2]] == list(reversed(Outcome))
    assert "(a b/main.py:5) - EX-1 (T-7): moved next week; grace until 2026-01-31" in everything[4]


def test_a_line_names_an_arn_once_and_short() -> None:
    arn = "arn:aws:ec2:eu-central-1:123456789012:subnet/subnet-3fa6"
    other = "arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-1"
    said = {
        f"`tags` of {arn} lack owner": "`tags` lack owner",
        f"{arn} has no route": "has no route",
        f"no FlowLog records {other}": "no FlowLog records ec2:vpc/vpc-1",
    }
    for message, shown in said.items():
        resource = Resource("aws:ec2/subnet:Subnet", arn)
        one = Finding(RULES[0], resource, Verdict(Outcome.FAIL, message), Point.LIVE)
        [line, *_] = console(audit(one), False).splitlines()
        assert line.endswith(f" {RULES[0].id} ec2:subnet/subnet-3fa6: {shown}")


def test_what_is_not_emulated_is_listed_once_a_rule_and_fails_nothing() -> None:
    found = audit(*(finding(Outcome.NOT_EMULATED, name=str(number)) for number in range(3)))
    [line, *_] = console(found, False).splitlines()
    assert line.startswith("not emulated [")
    assert line.endswith("(and 2 more)")
    assert found.code == 0


def test_a_severe_failure_stands_above_a_slight_one() -> None:
    found = audit(*(finding(of=rule(one)) for one in (Severity.MEDIUM, Severity.CRITICAL, Severity.HIGH)))
    assert re.findall(r"FAIL \[(\w+)\]", console(found, False)) == ["critical", "high", "medium"]


def test_the_console_is_short_unless_asked() -> None:
    found = audit(*(finding(name=str(number)) for number in range(SHOWN + 9)))
    assert len(console(found, False).splitlines()) == SHOWN + 3
    assert "... and 9 more" in console(found, False)
    assert len(console(found, True).splitlines()) == SHOWN + 11


def test_the_json_schema_is_current_and_holds() -> None:
    assert (ROOT / "docs" / "audit.schema.json").read_text() == schema(), (
        "run: python -m policies.output > docs/audit.schema.json"
    )
    jsonschema.validate(json.loads(FORMATS["json"](one_of_each(), False)), json.loads(schema()))


def test_an_exempt_failure_keeps_its_own_outcome_in_json() -> None:
    [exempt] = [one for one in data(one_of_each())["verdicts"] if one["exemption"]]
    assert (exempt["outcome"], exempt["judged"], exempt["exemption"]["approver"]) == ("EXEMPT", "FAIL", "grace")


def test_junit_counts_what_failed_and_what_was_skipped() -> None:
    [suite] = xml.fromstring(FORMATS["junit"](one_of_each(), False))
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "7",
        "failures": "1",
        "errors": "1",
        "skipped": "4",
    }
    assert len(suite.findall(".//failure")) == 1
    assert len(suite.findall(".//skipped")) == 4


def test_a_comment_is_found_again_and_fits() -> None:
    many = audit(*(finding(name=f"{number} {'x' * 500}") for number in range(5_000)))
    text = FORMATS["markdown"](many, True)
    assert text.startswith(markdown.MARKER)
    assert len(text) * 4 < 65_536
    assert text.count("<details>") == text.count("</details>")
    assert "Critical: 5,000" in text or "High: 5,000" in text
    assert "The lists are cut" in text


def test_a_cell_of_the_comment_cannot_end_the_table() -> None:
    text = FORMATS["markdown"](audit(finding(name="a|b\n\n# c")), False)
    [row] = [line for line in text.splitlines() if line.startswith(f"| {finding().rule.id} ")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
