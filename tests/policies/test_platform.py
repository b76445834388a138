"""The platform itself, in every environment, before anything is known: no rule refuses it."""

import pytest

from policies._verdict import Outcome
from policies.profiles import PROFILES
from policies.registry import RULES
from tests.policies.platform import planned


@pytest.mark.parametrize("environment", PROFILES)
def test_no_rule_refuses_the_platform(environment: str) -> None:
    stack = planned(environment)
    assert len(stack.resources) > 150
    refused = [
        f"{rule.id} {resource.name}: {verdict.message}"
        for rule in RULES
        for resource in stack.resources
        if rule.covers(resource.type)
        and (verdict := rule.judge(resource, stack)).outcome in (Outcome.FAIL, Outcome.ERROR)
    ]
    assert refused == []
