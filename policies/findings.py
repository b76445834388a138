"""What is said of resources at any point: every rule asked of everything that it judges."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policies._rule import Point, Rule
from policies._verdict import Outcome, Verdict
from policies._view import Resource, Stack
from policies.exemptions import Exemption
from policies.registry import RULES


@dataclass(frozen=True)
class Finding:
    """One rule's verdict on one resource.

    Attributes:
        rule: The rule.
        resource: The resource as it was seen.
        verdict: What the rule says of it, exempt or not.
        point: Where it was asked.
        exemption: Who answers for a failure, and until when.
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


def judge(stack: Stack, point: Point, rules: Iterable[Rule] = RULES) -> Iterator[Finding]:
    """Ask every rule that can be asked at a point of every resource that it covers."""
    for rule in rules:
        if point not in rule.points:
            continue
        for resource in stack.resources:
            if rule.covers(resource.type):
                yield Finding(rule, resource, rule.judge(resource, stack), point)
