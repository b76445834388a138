"""What an audit found, before it is written in any form."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from policies._verdict import Outcome
from policies.coverage import Coverage, coverage
from policies.findings import Finding
from policies.profiles import Level, Profile, Severity

WORST_FIRST = tuple(reversed(Outcome))


@dataclass(frozen=True)
class Audit:
    """The verdicts of all rules on everything that was read.

    Attributes:
        profile: What the environment demands.
        findings: Every verdict.
        fail_on: The least severity whose failures are refused, if not what the profile says.
        sources: What was read, a phrase each.
        gaps: What could not be read or judged, a sentence each.
        types: Type tokens of all that was read.
    """

    profile: Profile
    findings: tuple[Finding, ...]
    fail_on: Severity | None = None
    sources: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()

    @cached_property
    def worst_first(self) -> tuple[Finding, ...]:
        """The findings by outcome, severity, rule and resource."""
        return tuple(sorted(self.findings, key=_badness))

    @cached_property
    def counts(self) -> Mapping[Outcome, int]:
        """How often each outcome counts."""
        return Counter(finding.outcome for finding in self.findings)

    def of(self, *outcomes: Outcome) -> list[Finding]:
        """The findings with one of these outcomes, worst first."""
        return [finding for finding in self.worst_first if finding.outcome in outcomes]

    def level(self, finding: Finding) -> Level:
        """What a failure of the finding's rule does."""
        rule = finding.rule
        if self.fail_on is None:
            return self.profile.level(rule.severity, rule.name)
        return Level.MANDATORY if rule.severity >= self.fail_on else Level.ADVISORY

    @property
    def refused(self) -> list[Finding]:
        """Failures that are mandatory to mend."""
        return [finding for finding in self.of(Outcome.FAIL) if self.level(finding) is Level.MANDATORY]

    @property
    def undecided(self) -> list[Finding]:
        """What no verdict could be reached on: defects of rules, and mandatory rules on values that are not known."""
        open_ones = [one for one in self.of(Outcome.UNKNOWN) if self.level(one) is Level.MANDATORY]
        return [*self.of(Outcome.ERROR), *open_ones]

    @cached_property
    def coverage(self) -> Coverage:
        """How many of all rules judged something, and why the others did not."""
        judged = {finding.rule.id for finding in self.findings}
        points = sorted({finding.point for finding in self.findings})
        return coverage(judged, points, self.types or {one.resource.type for one in self.findings}, self.profile)

    @property
    def code(self) -> int:
        """Exit code: 1 where something is refused, else 3 where something could not be judged, else 0."""
        if self.refused:
            return 1
        return 3 if self.undecided or self.gaps else 0

    @property
    def summary(self) -> str:
        """The counts, as a phrase."""
        advised = self.counts[Outcome.FAIL] - len(self.refused)
        parts = [
            (len(self.refused), "refused"),
            (advised, "advised"),
            (self.counts[Outcome.ERROR], "defective"),
            (self.counts[Outcome.UNKNOWN], "not known"),
            (self.counts[Outcome.NOT_EMULATED], "not emulated"),
            (self.counts[Outcome.EXEMPT], "exempt"),
            (self.counts[Outcome.PASS], "passed"),
            (self.counts[Outcome.NOT_APPLICABLE], "not applicable"),
        ]
        told = [f"{count:,} {name}" for count, name in parts if count or name in ("refused", "passed")]
        return ", ".join(told)


def _badness(finding: Finding) -> tuple[int, int, str, str]:
    rule = finding.rule
    return WORST_FIRST.index(finding.outcome), -rule.severity, rule.id, finding.resource.urn
