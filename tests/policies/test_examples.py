"""Every rule against its own examples, and against what is unknown or malformed in them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from policies._rule import Rule
from policies._verdict import Outcome, Verdict
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import PROFILES
from policies.registry import RULES
from tests.policies.examples import seen

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
WRONG: tuple[Any, ...] = (-1.5, True, "\N{SNOWMAN}" * 3, [None], {"a": {"b": [{}]}}, [[["x"]]], {}, [])


def verdicts(rule: Rule, stack: Stack) -> list[Verdict]:
    return [rule.judge(resource, stack) for resource in stack.resources if rule.covers(resource.type)]


def outcomes(rule: Rule, stack: Stack) -> Counter[Outcome]:
    return Counter(verdict.outcome for verdict in verdicts(rule, stack))


def changed(stack: Stack, value: Any) -> Iterator[Stack]:
    """The stack with one property of one resource changed, one after the other."""
    for index, resource in enumerate(stack.resources):
        for properties in changes(resource.properties, value):
            other = replace(resource, properties=properties)
            yield replace(stack, resources=(*stack.resources[:index], other, *stack.resources[index + 1 :]))


def changes(properties: Any, value: Any) -> Iterator[Any]:
    """Copies with one value changed, at any depth."""
    if isinstance(properties, dict):
        for name in properties:
            yield {**properties, name: value}
            yield from ({**properties, name: inner} for inner in changes(properties[name], value))
    elif isinstance(properties, list):
        for index, item in enumerate(properties):
            yield from ([*properties[:index], inner, *properties[index + 1 :]] for inner in changes(item, value))


@each_rule
@pytest.mark.parametrize("environment", PROFILES)
def test_the_good_example_passes_in_every_environment(rule: Rule, environment: str) -> None:
    program = rule.good.replace('"environment": "prod"', f'"environment": "{environment}"')
    found = outcomes(rule, seen(program, environment))
    assert set(found) <= {Outcome.PASS, Outcome.NOT_APPLICABLE}, verdicts(rule, seen(program, environment))
    assert found[Outcome.PASS] or environment != "prod"


@each_rule
def test_the_good_example_is_not_refused_before_anything_is_known(rule: Rule) -> None:
    found = outcomes(rule, seen(rule.good, preview=True))
    assert set(found) <= {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN}
    assert found[Outcome.PASS] + found[Outcome.UNKNOWN]


@each_rule
def test_the_bad_example_fails(rule: Rule) -> None:
    found = outcomes(rule, seen(rule.bad))
    assert found[Outcome.FAIL]
    assert not found[Outcome.ERROR]


@each_rule
def test_what_is_not_known_is_neither_a_pass_nor_a_failure(rule: Rule) -> None:
    """No value that is merely unknown fails the good example, and the values that decide make it undecided."""
    found = [outcomes(rule, other) for other in changed(seen(rule.good), UNKNOWN)]
    assert not any(one[Outcome.FAIL] or one[Outcome.ERROR] for one in found)
    assert any(one[Outcome.UNKNOWN] for one in found)


@each_rule
def test_a_malformed_value_is_never_a_defect_of_the_rule(rule: Rule) -> None:
    for program in (rule.good, rule.bad):
        for value in WRONG:
            for other in changed(seen(program), value):
                assert not [one for one in verdicts(rule, other) if one.outcome is Outcome.ERROR]


@each_rule
def test_what_it_does_not_judge_is_not_covered(rule: Rule) -> None:
    assert not rule.covers("random:index/randomPet:RandomPet")
    assert rule.judge(Resource(rule.types[0], "urn:pulumi:prod::p::t::bare"), Stack("prod")).outcome
