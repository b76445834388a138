"""Control by control: what the rules that support it found."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policies._rule import Rule
from policies._verdict import Outcome
from policies.evidence.frameworks import Framework
from policies.findings import Finding
from policies.profiles import Profile
from policies.registry import RULES

BAD = (Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN, Outcome.NOT_EMULATED, Outcome.EXEMPT)
"""What keeps a rule from holding: an exempt failure does too."""


class Support(StrEnum):
    """What observation says of a control; never that it is satisfied."""

    SUPPORTED = "supported"
    """Every rule of it found something to judge, and all of that complies."""
    PARTIAL = "partial"
    """Some of its rules hold throughout."""
    UNSUPPORTED = "not supported"
    """None of its rules holds throughout."""
    UNOBSERVED = "nothing observed"
    """It has rules, and they found nothing to judge."""
    NONE = "no automated rule"
    """Others have to show it."""


@dataclass(frozen=True)
class RuleResult:
    """What one rule found.

    Attributes:
        rule: The rule.
        counts: Outcome to number of resources; exempt failures count as exempt.
    """

    rule: Rule
    counts: Mapping[Outcome, int]

    @property
    def holds(self) -> bool:
        """Whether something complies, and nothing does not."""
        return bool(self.counts.get(Outcome.PASS)) and not any(self.counts.get(outcome) for outcome in BAD)

    @property
    def asked(self) -> bool:
        """Whether it had anything to judge."""
        return any(count for outcome, count in self.counts.items() if outcome is not Outcome.NOT_APPLICABLE)


@dataclass(frozen=True)
class Assessment:
    """A control and what supports it.

    Attributes:
        control: Its id.
        title: What it asks for.
        applies: From when, if a law says so.
        results: What its rules found.
    """

    control: str
    title: str
    applies: date | None
    results: tuple[RuleResult, ...]

    @property
    def support(self) -> Support:
        """What observation says of it."""
        if not self.results:
            return Support.NONE
        if not any(result.asked for result in self.results):
            return Support.UNOBSERVED
        holding = sum(result.holds for result in self.results)
        if holding == len(self.results):
            return Support.SUPPORTED
        return Support.PARTIAL if holding else Support.UNSUPPORTED


def results(findings: Iterable[Finding], rules: Iterable[Rule] = RULES) -> tuple[RuleResult, ...]:
    """What each rule found, one that was never asked too."""
    listed = tuple(rules)
    counts: dict[str, Counter[Outcome]] = {rule.id: Counter() for rule in listed}
    for finding in findings:
        if finding.rule.id in counts:
            counts[finding.rule.id][finding.outcome] += 1
    return tuple(RuleResult(rule, counts[rule.id]) for rule in listed)


def assess(framework: Framework, found: Iterable[RuleResult], profile: Profile) -> tuple[Assessment, ...]:
    """Every control of a framework, each enhancement that a rule names after what it belongs to.

    Args:
        framework: The framework.
        found: What the rules found.
        profile: What the environment demands; a rule supports no control that it goes without.
    """
    supporting: dict[str, list[RuleResult]] = {}
    for result in found:
        for control in result.rule.supported(profile):
            if (control.framework, control.version) == (framework.framework, framework.version):
                supporting.setdefault(control.control, []).append(result)
    return tuple(
        Assessment(control, entry.title if entry else "", entry and entry.applies, tuple(supporting.get(control, ())))
        for control in _ordered(framework, supporting)
        for entry in [framework.entry(control)]
    )


def _ordered(framework: Framework, named: Iterable[str]) -> Iterator[str]:
    extra = sorted(set(named) - set(framework.controls))
    for control in framework.controls:
        yield control
        yield from (one for one in extra if one.startswith(f"{control}("))
    yield from (one for one in extra if framework.entry(one) is None)
