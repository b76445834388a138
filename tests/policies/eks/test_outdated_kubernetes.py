from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components import _eks_versions
from policies._verdict import Outcome
from policies._view import Stack
from policies.eks import _versions
from policies.eks.outdated_kubernetes import RULE
from tests.policies.world import made


def test_the_rule_and_the_components_know_the_same_versions() -> None:
    assert _versions.STANDARD_SUPPORT_ENDS == _eks_versions.STANDARD_SUPPORT_ENDS
    assert _versions.AS_OF == _eks_versions.AS_OF


@pytest.mark.parametrize(
    ("version", "day", "outcome"),
    [
        ("1.33", "2026-07-29", Outcome.PASS),
        ("1.33", "2026-07-30", Outcome.FAIL),
        ("1.99", "2026-07-29", Outcome.FAIL),
        ("1.35", "2099-01-01", Outcome.FAIL),
        (None, "2026-07-29", Outcome.FAIL),
    ],
)
def test_support_ends_on_a_day(version: str | None, day: str, outcome: Outcome) -> None:
    cluster = made("aws:eks/cluster:Cluster", "ml", {"version": version})
    stack = replace(Stack("prod", (cluster,)), now=datetime.fromisoformat(day).replace(tzinfo=UTC))
    assert RULE.judge(cluster, stack).outcome is outcome
