"""JUnit XML: a suite a rule, a case a resource."""

from itertools import groupby
from xml.etree import ElementTree as xml

from policies._verdict import Outcome
from policies.findings import Finding
from policies.output import _text as text
from policies.output._audit import Audit

_SKIPPED = (Outcome.UNKNOWN, Outcome.NOT_EMULATED, Outcome.NOT_APPLICABLE, Outcome.EXEMPT)


def report(audit: Audit, everything: bool = True) -> str:
    """All verdicts: readers of JUnit count what passed, so `everything` changes nothing. Gaps are a suite of errors."""
    root = xml.Element("testsuites", name=f"policies {audit.profile.environment}")
    ordered = sorted(audit.findings, key=lambda one: (one.rule.id, one.resource.urn))
    for _, group in groupby(ordered, key=lambda one: one.rule.id):
        _suite(root, list(group))
    if audit.gaps:
        suite = xml.SubElement(root, "testsuite", name="gaps", tests=str(len(audit.gaps)), errors=str(len(audit.gaps)))
        for number, gap in enumerate(audit.gaps, 1):
            case = xml.SubElement(suite, "testcase", classname="gaps", name=f"gap {number}")
            xml.SubElement(case, "error", message=text.printable(gap))
    xml.indent(root)
    return xml.tostring(root, encoding="unicode", xml_declaration=False)


def _suite(root: xml.Element, found: list[Finding]) -> None:
    rule = found[0].rule
    outcomes = [one.outcome for one in found]
    suite = xml.SubElement(
        root,
        "testsuite",
        name=f"{rule.id} {rule.name}",
        tests=str(len(found)),
        failures=str(outcomes.count(Outcome.FAIL)),
        errors=str(outcomes.count(Outcome.ERROR)),
        skipped=str(sum(outcome in _SKIPPED for outcome in outcomes)),
    )
    for one in found:
        name = text.printable(one.resource.urn)
        case = xml.SubElement(suite, "testcase", classname=f"{one.point}.{rule.id}", name=name)
        if one.outcome is Outcome.FAIL:
            xml.SubElement(case, "failure", message=text.message(one), type=text.severity(rule))
        elif one.outcome is Outcome.ERROR:
            xml.SubElement(case, "error", message=text.message(one))
        elif one.outcome in _SKIPPED:
            xml.SubElement(case, "skipped", message=text.answered(one) or f"{one.outcome}: {text.message(one)}")
