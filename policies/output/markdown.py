"""A section of the one comment on a pull request."""

import re
from collections.abc import Iterator

from policies._verdict import Outcome
from policies.findings import Finding
from policies.output import _text as text
from policies.output._audit import Audit
from policies.profiles import Severity

MARKER = "<!-- ml-platform policies -->"
"""By this the comment is found again and replaced."""
ROWS = 30
"""Findings of a section: a comment holds 65,536 characters, and one has four environments."""
WIDTH = 200
"""Characters of a cell."""
_VERDICTS = {0: "nothing refused", 1: "refused", 3: "nothing refused, but not all could be judged"}


def report(audit: Audit, everything: bool) -> str:
    """The section of an environment; with `everything` exempt and undecided findings are listed too."""
    head = [
        MARKER,
        f"### Policies, {audit.profile.environment}: {_VERDICTS[audit.code]}",
        "",
        f"{audit.summary[:1].upper()}{audit.summary[1:]}. {audit.coverage.text}.",
        "",
    ]
    return "\n".join([*head, *_details(audit, everything), ""])


def _details(audit: Audit, everything: bool) -> Iterator[str]:
    failed = audit.of(Outcome.FAIL)
    folds = [
        (f"{severity.name.capitalize()}", [one for one in failed if one.rule.severity is severity])
        for severity in sorted(Severity, reverse=True)
    ]
    folds.append(("Could not be judged", audit.of(Outcome.ERROR, Outcome.UNKNOWN) if everything else audit.undecided))
    folds.append(("Not emulated", audit.of(Outcome.NOT_EMULATED) if everything else []))
    folds.append(("Exempt", audit.of(Outcome.EXEMPT) if everything else []))
    left = ROWS
    for title, found in folds:
        if found:
            rows = [_row(one) for one in found[: max(left, 0)]]
            left -= len(found)
            yield from _fold(title, len(found), ["| Rule | Resource | What | Where |", "|---|---|---|---|", *rows])
    if audit.gaps:
        yield from _fold("Not read", len(audit.gaps), [f"- {_safe(gap)}" for gap in audit.gaps[:ROWS]])
    if left < 0 or len(audit.gaps) > ROWS:
        yield "The lists are cut; `mlp audit --verbose` shows all."


def _fold(title: str, count: int, lines: list[str]) -> Iterator[str]:
    yield from ("<details>", f"<summary>{title}: {count:,}</summary>", "", *lines, "", "</details>")


def _row(finding: Finding) -> str:
    place = text.place(finding)
    where = f"{_safe(place[0])}:{place[1]}" if place else ""
    what = "; ".join(filter(None, (text.message(finding), text.answered(finding))))
    return f"| {finding.rule.id} | {_safe(text.name(finding))} | {_safe(what)} | {where} |"


def _safe(told: str) -> str:
    """Text on one line of a table that is neither mark-up nor a mention, but for code between backticks."""
    shown = text.printable(told)
    shown = shown if len(shown) <= WIDTH else f"{shown[:WIDTH]}..."
    parts = re.split(r"(`[^`]*`)", shown)
    return "".join(part.replace("|", r"\|") if place % 2 else _escaped(part) for place, part in enumerate(parts))


def _escaped(part: str) -> str:
    part = part.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    return re.sub(r"([\\`|*_\[\]~#!])", r"\\\1", part)
