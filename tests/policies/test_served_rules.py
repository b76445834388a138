"""Every rule through the analyzer itself: what passes, fails, is unknown, does not apply or is malformed."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import proto
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies._rule import Rule
from policies._verdict import Outcome
from policies.profiles import PROFILES
from policies.registry import RULES
from tests.policies.asking import alone, own, struct
from tests.policies.examples import seen, told
from tests.policies.test_examples import WRONG, changes, verdicts

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
Resources = Iterable[proto.AnalyzerResource]


def answers(rule: Rule, resources: Resources, preview: bool = False) -> list[proto.AnalyzeResponse]:
    """What the analyzer with this one rule says of resources: alone before they are made, or together."""
    made = own(preview=preview, rules=[rule])
    if rule.joins:
        return [made.AnalyzeStack(proto.AnalyzeStackRequest(resources=resources), None)]
    return [made.Analyze(alone(resource), None) for resource in resources]


def levels(rule: Rule, resources: Resources, preview: bool = False) -> list[Any]:
    found = [one for answer in answers(rule, resources, preview) for one in answer.diagnostics]
    assert {one.policyName for one in found} <= {rule.name}
    return [one.enforcementLevel for one in found]


def with_each(resources: Resources, value: Any) -> Iterator[list[proto.AnalyzerResource]]:
    """The resources with one value replaced, one after the other, at any depth."""
    kept = list(resources)
    for index, resource in enumerate(kept):
        for properties in changes(MessageToDict(resource.properties), value):
            other = proto.AnalyzerResource()
            other.CopyFrom(resource)
            other.properties.CopyFrom(struct(properties))
            yield [*kept[:index], other, *kept[index + 1 :]]


@each_rule
def test_what_is_good_is_let_through(rule: Rule) -> None:
    assert levels(rule, told(rule.good)) == []


@each_rule
def test_what_is_bad_is_refused(rule: Rule) -> None:
    found = levels(rule, told(rule.bad))
    assert found
    assert set(found) == {proto.MANDATORY if PROFILES["prod"].mandatory_from <= rule.severity else proto.ADVISORY}


@each_rule
def test_what_is_not_known_is_advice_before_the_update_and_refused_after_it(rule: Rule) -> None:
    for resources in with_each(told(rule.good), UNKNOWN_STRING_VALUE):
        if before := levels(rule, resources, preview=True):
            assert set(before) == {proto.ADVISORY}
            assert len(levels(rule, resources)) == len(before)
            return
    pytest.fail("nothing that is not known makes it undecided")


@each_rule
def test_what_does_not_apply_is_told_apart_from_what_passes(rule: Rule) -> None:
    [answer] = answers(rule, [proto.AnalyzerResource(type="none:such/type:Type", urn="urn:pulumi:prod::p::t::x")])
    assert rule.name in {one.policy_name for one in answer.not_applicable}
    judged = {verdict.outcome for verdict in verdicts(rule, seen(rule.good))}
    skipped = [{one.policy_name for one in answer.not_applicable} for answer in answers(rule, told(rule.good))]
    assert any(rule.name not in names for names in skipped) == bool(judged - {Outcome.NOT_APPLICABLE})


@each_rule
def test_what_is_malformed_is_no_defect_of_the_rule(rule: Rule) -> None:
    for value in WRONG[::3]:
        for resources in itertools.islice(with_each(told(rule.good), value), 20):
            for answer in answers(rule, resources):
                assert not [one for one in answer.diagnostics if "is defective" in one.message]
