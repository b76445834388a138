"""Lines for people."""

from collections.abc import Iterator

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
    return "\n".join([*(_line(one) for one in shown), *_rest(audit, len(found) - len(shown), everything)])


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
    rules = len({finding.rule.id for finding in audit.findings})
    yield f"{audit.profile.environment}: {rules} rules on {resources:,} resources: {audit.summary}"
