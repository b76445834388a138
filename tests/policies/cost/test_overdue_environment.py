from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Stack
from policies.cost.overdue_environment import RULE
from tests.policies.world import made


@pytest.mark.parametrize(
    ("tags", "stack", "outcome"),
    [
        ({"ttl": "2026-05-01"}, "pr-12", Outcome.PASS),
        ({"ttl": "2026-04-30"}, "pr-12", Outcome.FAIL),
        ({"ttl": "2026-04-30"}, "prod", Outcome.FAIL),
        ({"ttl": "next week"}, "pr-12", Outcome.FAIL),
        ({"ttl": UNKNOWN}, "pr-12", Outcome.UNKNOWN),
        (UNKNOWN, "pr-12", Outcome.UNKNOWN),
        ({}, "pr-12", Outcome.FAIL),
        (None, "pr-12", Outcome.FAIL),
        ({}, "dev-foundation", Outcome.NOT_APPLICABLE),
        ({}, "organization/ml-platform/prod", Outcome.NOT_APPLICABLE),
    ],
)
def test_the_last_day(tags: Any, stack: str, outcome: Outcome) -> None:
    cluster = made("aws:eks/cluster:Cluster", "ml", {"tags": tags})
    seen = replace(Stack(stack, (cluster,)), now=datetime(2026, 5, 1, 23, tzinfo=UTC))
    assert RULE.judge(cluster, seen).outcome is outcome
