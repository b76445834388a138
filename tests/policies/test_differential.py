"""The two packs against each other: the same questions, the same answers, but for what the stock SDK cannot do.

What differs, all of it:

- The SDK does not tell which values are secrets: rules that read `Resource.secrets` are left out where they differ.
- The SDK gives one advice for all that a policy cannot decide, without a resource and with a preamble; ours gives one
  for each resource, and for what is exempt as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from pulumi.runtime import proto

from policies._rule import Rule
from policies.registry import NAMES, RULES
from tests.policies.asking import alone, own, stock
from tests.policies.examples import told
from tests.policies.platform import asked

READS_SECRETS = frozenset({"SEC-02"})
"""Rules that know more in our analyzer."""
COMPARED = [rule for rule in RULES if rule.id not in READS_SECRETS]


def answers(made: Any, resources: Iterable[proto.AnalyzerResource]) -> list[proto.AnalyzeResponse]:
    kept = list(resources)
    single = [made.Analyze(alone(resource), None) for resource in kept]
    return [*single, made.AnalyzeStack(proto.AnalyzeStackRequest(resources=kept), None)]


def compared(answer: proto.AnalyzeResponse) -> tuple[list[Any], dict[str, str], set[str]]:
    """Violations, advice by policy, and what does not apply; advice is told in one way."""
    violations, advice = [], defaultdict(list)
    for one in answer.diagnostics:
        if one.enforcementLevel == proto.ADVISORY and not one.message.endswith(NAMES[one.policyName].instead):
            text = one.message.partition("during preview: ")[2] or one.message.partition("\n")[2]
            advice[one.policyName].append(text)
        else:
            violations.append(one.SerializeToString(deterministic=True))
    texts = {name: " ".join(dict.fromkeys(found)) for name, found in advice.items()}
    return sorted(violations), texts, {one.policy_name for one in answer.not_applicable}


def same(resources: Iterable[proto.AnalyzerResource], rules: list[Rule], stack: str, preview: bool) -> int:
    """Compare every answer; how many diagnostics there were."""
    kept = list(resources)
    ours, theirs = (answers(make(stack, preview, rules), kept) for make in (own, stock))
    assert list(map(compared, ours)) == list(map(compared, theirs))
    return sum(len(answer.diagnostics) for answer in ours)


@pytest.mark.parametrize("rule", COMPARED, ids=lambda rule: rule.id)
def test_over_the_examples_of_a_rule(rule: Rule) -> None:
    token = next(iter(rule.types))
    rules = [one for one in COMPARED if one is rule or one.covers(token)]
    assert same(told(rule.bad), rules, "prod", False)
    same(told(rule.good), rules, "staging", False)
    same(told(rule.good, preview=True), rules, "prod", True)


def part(resources: Sequence[proto.AnalyzerResource], step: int) -> list[proto.AnalyzerResource]:
    """Every `step`-th resource and all that their values come from, which the SDK has to see to know of it."""
    by_urn = {one.urn: one for one in resources}
    waiting, kept = [one.urn for one in resources[::step]], set[str]()
    while waiting:
        urn = waiting.pop()
        if urn in by_urn and urn not in kept:
            kept.add(urn)
            waiting.extend(source for found in by_urn[urn].propertyDependencies.values() for source in found.urns)
    return [one for one in resources if one.urn in kept]


def test_over_an_environment() -> None:
    """A part of its resources, of all types: the SDK reads each anew for every policy."""
    assert same(part(asked("dev"), 10), COMPARED, "dev", True)


def test_only_rules_that_read_secrets_are_left_out() -> None:
    assert {rule.id for rule in RULES} - {rule.id for rule in COMPARED} <= READS_SECRETS
