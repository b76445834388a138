"""How many of all rules judged something at a point, and why the others did not."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from policies._rule import Point, Rule
from policies.oversight import OVERSIGHT
from policies.profiles import Level, Profile
from policies.registry import NAMES

_KUBERNETES = "kubernetes:"
_ACCOUNT, _CLUSTER = "judge AWS resources", "judge Kubernetes objects"


@dataclass(frozen=True)
class Coverage:
    """The rules that judged something.

    Attributes:
        judged: Number of rules that judged a resource.
        total: Number of all rules, those on exemptions included.
        others: Why the others judged nothing, as the end of a sentence about them, to their number.
    """

    judged: int
    total: int
    others: Mapping[str, int]

    @property
    def text(self) -> str:
        """One line for people."""
        parts = [f"{count} {reason}" for reason, count in self.others.items()]
        return f"{self.judged} of {self.total} rules apply{': ' if parts else ''}{', '.join(parts)}"


def coverage(
    judged: Collection[str], points: Collection[Point], types: Collection[str], profile: Profile | None = None
) -> Coverage:
    """What the rules covered.

    Args:
        judged: Ids of the rules that judged a resource.
        points: Where rules were asked.
        types: Type tokens of all resources that were read.
        profile: What the environment demands; it may disable rules.
    """
    found = Counter(_reason(rule, points, types, profile) for rule in NAMES.values() if rule.id not in judged)
    return Coverage(len(NAMES) - found.total(), len(NAMES), dict(found.most_common()))


def _reason(rule: Rule, points: Collection[Point], types: Collection[str], profile: Profile | None) -> str:
    if rule in OVERSIGHT:
        return "judge exemptions, and there are none"
    if profile and profile.level(rule.severity, rule.name) is Level.DISABLED:
        return f"are disabled in {profile.environment}"
    if not set(points) & set(rule.points):
        return f"cannot be asked of what is {' or '.join(points)}"
    in_cluster = {token.startswith(_KUBERNETES) for token in rule.types}
    read = {token.startswith(_KUBERNETES) for token in types}
    if not in_cluster & read:
        return _CLUSTER if in_cluster == {True} else _ACCOUNT
    return "found no resource of their types"
