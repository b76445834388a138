"""Lines for people."""

from collections.abc import Iterator
from itertools import groupby

from policies._verdict import Outcome
from policies.findings import Finding
from policies.output import _text as text
from policies.output._audit import Audit

SHOWN = 40
"""Lines of findings unless all are asked for."""


def report(audit: Audit, everything: bool) -> str:
    """The findings, worst first, a line each, and their counts; without `everything` those that call for an act."""
    undecided = [one for one in audit.undecided if one.outcome is Outcome.UNKNOWN]
    found = audit.worst_first if everything else (*audit.of(Outcome.ERROR, Outcome.FAIL), *undecided)
    shown = found if everything else found[:SHOWN]
    lines = [_line(one) for one in shown] + ([] if everything else list(_lacking(audit)))
    return "\n".join([*lines, *_rest(audit, len(found) - len(shown), everything)])


def _lacking(audit: Audit) -> Iterator[str]:
    """What the emulation lacks, a line a rule."""
    found = sorted(audit.of(Outcome.NOT_EMULATED), key=lambda one: (-one.rule.severity, one.rule.id))
    for rule, group in groupby(found, key=lambda one: one.rule):
        ones = list(group)
        more = f" (and {len(ones) - 1:,} more)" if len(ones) > 1 else ""
        yield f"not emulated [{text.severity(rule)}] {rule.id} {text.name(ones[0])}: {text.message(ones[0])}{more}"


def _line(finding: Finding) -> str:
    where = text.place(finding)
    parts = [
        f"{finding.outcome} [{text.severity(finding.rule)}] {finding.rule.id} {text.name(finding)}: ",
        text.message(finding),
        f" ({where[0]}:{where[1]})" if where else "",
        f" - {answer}" if (answer := text.answered(finding)) else "",
    ]
    return "".join(parts)


def _rest(audit: Audit, hidden: int, everything: bool) -> Iterator[str]:
    if hidden:
        yield f"... and {hidden:,} more; --verbose shows all"
    gaps = audit.gaps if everything else audit.gaps[:SHOWN]
    yield from (f"GAP {text.printable(gap)}" for gap in gaps)
    if len(gaps) < len(audit.gaps):
        yield f"... and {len(audit.gaps) - len(gaps):,} more gaps; --verbose shows all"
    resources = len({finding.resource.urn for finding in audit.findings})
    yield audit.coverage.text
    yield f"{audit.profile.environment}: {resources:,} resources: {audit.summary}"
