"""What is said of resources at any point: every rule asked of everything that it judges."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from policies._rule import Point, Rule
from policies._verdict import Outcome, Verdict, not_emulated
from policies._view import Resource, Stack
from policies.exemptions import Exemption, Exemptions
from policies.oversight import OVERSIGHT, views, with_use
from policies.profiles import Level
from policies.registry import RULES

NONE = Exemptions()
RULES_BY_ID = {rule.id: rule for rule in RULES}


@dataclass(frozen=True)
class Finding:
    """One rule's verdict on one resource.

    Attributes:
        rule: The rule.
        resource: The resource as it was seen.
        verdict: What the rule says of it, exempt or not.
        point: Where it was asked.
        exemption: Who answers for a failure, and until when; of several, the first.
    """

    rule: Rule
    resource: Resource
    verdict: Verdict
    point: Point
    exemption: Exemption | None = None

    @property
    def outcome(self) -> Outcome:
        """The outcome that counts."""
        return Outcome.EXEMPT if self.exemption else self.verdict.outcome


def judge(
    stack: Stack,
    point: Point,
    rules: Iterable[Rule] = RULES,
    exemptions: Exemptions = NONE,
    now: datetime | None = None,
) -> Iterator[Finding]:
    """Ask every rule that can be asked at a point of every resource that it covers, then of the exemptions.

    Rules that the stack's profile disables are not asked. `now` decides which exemptions hold, by default this instant.
    """
    now = now or stack.now
    used: set[str] = set()
    yield from ask(stack, point, _enabled(rules, stack), exemptions, now, used)
    seen = with_use(views(exemptions, RULES_BY_ID, stack, now), exemptions, used, stack, point)
    of_exemptions = Stack(stack.name, tuple(seen), stack.demands)
    yield from ask(of_exemptions, point, _enabled(OVERSIGHT, stack), NONE, now, used)


def ask(
    stack: Stack, point: Point, rules: Iterable[Rule], exemptions: Exemptions, now: datetime, used: set[str]
) -> Iterator[Finding]:
    """Ask rules of resources, and of nothing else; the ids of exemptions that answer are added to `used`."""
    for rule in rules:
        if point not in rule.points:
            continue
        covered = {token for token in stack.by_type if rule.covers(token)}
        if not covered:
            continue
        for resource in stack.resources:
            if resource.type in covered:
                verdict = rule.judge(resource, stack)
                verdict = not_emulated(verdict) if stack.emulated else verdict
                answers = exemptions.covering(rule, resource, verdict, stack.profile, now)
                used.update(answer.id for answer in answers)
                yield Finding(rule, resource, verdict, point, answers[0] if answers else None)


def _enabled(rules: Iterable[Rule], stack: Stack) -> list[Rule]:
    return [rule for rule in rules if stack.profile.level(rule.severity, rule.name) is not Level.DISABLED]
