"""The page for auditors: one file, which prints, and needs no script."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as xml

from policies._verdict import Outcome
from policies.ai._approvals import FACTS
from policies.evidence._html import Node, coded, document, el, facts, points, table
from policies.evidence.controls import BAD, Assessment, RuleResult, Support
from policies.evidence.frameworks import Framework
from policies.evidence.record import Change, Record
from policies.findings import Finding
from policies.output import _text as text

STYLE = Path(__file__).with_name("style.css")
SHOWN = 500
"""Findings on the page; `findings.json` has all."""
_LOOKS = {
    Support.SUPPORTED: "good",
    Support.PARTIAL: "some",
    Support.UNSUPPORTED: "bad",
    Support.UNOBSERVED: "none",
    Support.NONE: "none",
}
MEANINGS = {
    Support.SUPPORTED: "Every rule of the control found something to judge, and all of that complies.",
    Support.PARTIAL: "Some of its rules hold throughout, others do not or found nothing to judge.",
    Support.UNSUPPORTED: "None of its rules holds throughout.",
    Support.UNOBSERVED: "It has rules, and they found nothing to judge in what was read.",
    Support.NONE: "The platform's rules do not speak of it; others have to show it.",
}
APPLICABILITY = "ISO/IEC 42001"
"""Of this framework the list is a statement of applicability."""


def page(record: Record, files: Mapping[str, str]) -> str:
    """The page of a record; `files` are the digests of the other files of its bundle."""
    title = f"Evidence: {record.audit.profile.environment}, {record.made:%d %B %Y}"
    sections = list(_sections(record, files))
    listed = points(el("a", name, href=f"#{_anchor(name)}") for name, _ in sections)
    body = el(
        "body",
        el("a", "Skip to the content", class_="skip", href="#content"),
        el(
            "header",
            el("h1", title),
            el("p", "What was observed of an ML platform, control by control.", class_="lead"),
        ),
        el("nav", listed, aria_label="Sections"),
        el(
            "main",
            *(el("section", el("h2", name, id=_anchor(name)), *nodes) for name, nodes in sections),
            id="content",
        ),
        el("footer", f"Bundle {record.name}. Check it with: mlp evidence --verify {record.name}"),
    )
    return document(title, STYLE.read_text(), body)


def _sections(record: Record, files: Mapping[str, str]) -> Iterator[tuple[str, list[Node]]]:
    yield "Summary", _summary(record)
    yield "What is not established", [points(record.open_points)]
    yield "Frameworks at a glance", [_glance(record)]
    yield "Failures and open questions", _failures(record)
    yield "Exemptions", [_exemptions(record)]
    yield "Who approved what", _approved(record)
    for framework, assessments in record.assessments:
        yield framework.name, list(_framework(framework, assessments))
    yield "Rules", [_rules(record)]
    yield "Integrity", _integrity(record, files)


def _summary(record: Record) -> list[Node]:
    audit = record.audit
    counted = [(len(audit.refused), "refused"), (audit.counts[Outcome.FAIL] - len(audit.refused), "advised")]
    counted += [(audit.counts[outcome], word) for outcome, word in _WORDS.items()]
    return [
        el("ul", *(el("li", el("strong", f"{count:,}"), word) for count, word in counted), class_="tiles"),
        facts(
            [
                ("Environment", audit.profile.environment),
                ("Observed", f"{record.made:%d %B %Y, %H:%M:%S} UTC"),
                ("Read", "; ".join(audit.sources)),
                ("Rules", audit.coverage.text),
                ("Resources", f"{len({one.resource.urn for one in audit.findings}):,}"),
                ("Bundle before", record.previous or "none: this is the first"),
            ]
        ),
        el("h3", "How to read it"),
        facts((_mark(support), meaning) for support, meaning in MEANINGS.items()),
    ]


_WORDS = {
    Outcome.UNKNOWN: "not known",
    Outcome.NOT_EMULATED: "not emulated",
    Outcome.EXEMPT: "exempt",
    Outcome.PASS: "passed",
    Outcome.NOT_APPLICABLE: "not applicable",
}


def _glance(record: Record) -> xml.Element:
    rows = []
    for framework, assessments in record.assessments:
        counts = Counter(one.support for one in assessments)
        link = el("a", framework.name, href=f"#{_anchor(framework.name)}")
        rows.append([link, *(str(counts[support]) for support in Support), str(len(assessments))])
    headings = ["Framework", *(support.value.capitalize() for support in Support), "Controls listed"]
    return table("Number of controls by what observation says of them", headings, rows)


def _failures(record: Record) -> list[Node]:
    found = record.audit.of(Outcome.ERROR, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_EMULATED)
    shown = table(
        "Worst first",
        ["Rule", "Outcome", "Severity", "Resource", "What"],
        (
            [
                one.rule.id,
                str(one.outcome),
                text.severity(one.rule),
                el("code", text.name(one)),
                coded(text.message(one)),
            ]
            for one in found[:SHOWN]
        ),
    )
    more = [el("p", f"{len(found) - SHOWN:,} more are in findings.json.")] if len(found) > SHOWN else []
    return [shown, *more]


def _exemptions(record: Record) -> xml.Element:
    def row(one: Finding) -> list[Node]:
        assert one.exemption
        answer, outcome = one.exemption, str(one.verdict.outcome)
        who = f"{answer.approver}, {answer.created} to {answer.expires}, {answer.ticket}"
        return [answer.id, one.rule.id, el("code", one.resource.name), outcome, who, answer.reason]

    headings = ["Exemption", "Rule", "Resource", "Its real outcome", "Who answers, and until when", "Why"]
    return table("Failures that somebody answers for", headings, map(row, record.audit.of(Outcome.EXEMPT)))


def _approved(record: Record) -> list[Node]:
    models = [[one.id, *(el("code", one.facts.get(fact, "")) for fact in FACTS)] for one in record.approvals]
    changes = [
        [one.what, el("code", one.commit[:12]), one.author, _let_in(one), one.when[:10], one.subject]
        for one in record.changes
    ]
    return [
        table("Models", ["Approval", *(fact.capitalize() for fact in FACTS)], models),
        table("Last changes", ["Of", "Commit", "Written by", "Let in by", "Day", "Subject"], changes),
    ]


def _let_in(change: Change) -> str:
    return "the same" if change.committer == change.author else change.committer


def _framework(framework: Framework, assessments: tuple[Assessment, ...]) -> Iterator[Node]:
    yield el("p", framework.scope)
    yield facts([("Source", framework.source), ("List dated", f"{framework.dated}")])
    if framework.dates:
        rows = [[f"{when}", what] for when, what in sorted(framework.dates.items())]
        yield table("From when what applies", ["Date", "What"], rows)
    statement = framework.framework == APPLICABILITY
    dated = any(one.applies for one in assessments)
    more = [*(["Applies from"] if dated else []), *(["Applicable", "Justification"] if statement else [])]
    rows = []
    for one in assessments:
        extra: list[Node] = [f"{one.applies or ''}"] if dated else []
        extra += _applicability(one) if statement else []
        rows.append([one.control, one.title, _mark(one.support), _told(one.results), *extra])
    caption = "Statement of applicability" if statement else "Control by control"
    yield table(caption, ["Control", "About", "Observation", "Rules: comply / do not", *more], rows)


def _applicability(one: Assessment) -> list[Node]:
    if one.support is Support.NONE:
        return ["to be stated", "for the organisation: the platform's rules do not speak of it"]
    return ["yes", "the platform's rules check it"]


def _told(found: tuple[RuleResult, ...]) -> Node:
    def one(result: RuleResult) -> str:
        good = result.counts.get(Outcome.PASS, 0)
        bad = sum(result.counts.get(outcome, 0) for outcome in BAD)
        return f"{result.rule.id}: {good:,} / {bad:,}" if result.asked else f"{result.rule.id}: nothing to judge"

    return "; ".join(map(one, found))


def _rules(record: Record) -> xml.Element:
    def row(one: RuleResult) -> list[Node]:
        counts = (f"{one.counts.get(outcome, 0):,}" for outcome in _SHOWN)
        return [one.rule.id, one.rule.title, text.severity(one.rule), *counts]

    headings = ["Rule", "What holds", "Severity", *(outcome.replace("_", " ").capitalize() for outcome in _SHOWN)]
    return table("Every rule, and what it found", headings, map(row, record.results))


_SHOWN = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.EXEMPT,
    Outcome.UNKNOWN,
    Outcome.NOT_EMULATED,
    Outcome.ERROR,
    Outcome.NOT_APPLICABLE,
)


def _integrity(record: Record, files: Mapping[str, str]) -> list[Node]:
    told = (
        "manifest.json names the SHA-256 of every file and of the manifest of the bundle before, and is signed: "
        "a changed byte, a missing bundle in the middle or another order shows. Compare the key with the one "
        "that your organisation published; a bundle alone shows that nothing was changed, not who made it."
    )
    rows = ([name, el("code", found)] for name, found in files.items())
    return [el("p", told), table("Files", ["File", "SHA-256"], rows)]


def _mark(support: Support) -> xml.Element:
    return el("span", support.value, class_=f"mark {_LOOKS[support]}")


def _anchor(name: str) -> str:
    return "-".join("".join(one if one.isalnum() else " " for one in name.lower()).split())
