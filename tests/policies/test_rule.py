from dataclasses import replace

import pytest

from policies._verdict import PASS, Outcome, Verdict, fail, not_applicable, require, unknown, worst
from policies._view import Resource, Stack
from policies.registry import RULES
from tests.policies.world import BUCKET, made


def test_a_check_that_raises_is_an_error_that_names_the_rule_and_quotes_nothing() -> None:
    def check(resource: Resource, stack: Stack) -> Verdict:
        raise ValueError(resource.properties["secret"])

    rule = replace(RULES[0], check=check)
    verdict = rule.judge(made(BUCKET, properties={"secret": "hunter2"}), Stack("prod"))
    assert verdict.outcome is Outcome.ERROR
    assert verdict.message.startswith(f"rule {rule.id} is defective: ValueError at test_rule.py:")
    assert "hunter2" not in verdict.message


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "not set"), (False, "false"), (7.0, "7"), (1.5, "1.5"), ("hunter2", "something else")]
)
def test_a_demand_shows_numbers_and_booleans_and_no_text(value: object, shown: str) -> None:
    verdict = require(made(BUCKET, "data", {"x": value}), "x", lambda found: False, "right")
    assert verdict == fail(f"`x` of data is {shown}, must be right", "x")


def test_the_worst_outcome_wins_with_each_of_its_reasons_once() -> None:
    assert worst([]) == PASS
    assert worst([PASS, unknown("a"), fail("b"), PASS, fail("c"), fail("b")]) == fail("b; c")
    assert worst([PASS, unknown("a")]) == unknown("a")
    assert worst([PASS, not_applicable("a")]) == not_applicable("a")
    assert worst([fail("b"), Verdict(Outcome.ERROR, "d")]) == Verdict(Outcome.ERROR, "d")
