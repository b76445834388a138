import re
from collections import Counter

import pytest

from policies._controls import Control
from policies._verdict import Outcome
from policies._view import Resource
from policies.ai._approvals import CONFIG_MAP, NAME, NAMESPACE
from policies.evidence.controls import Support, assess, results
from policies.evidence.frameworks import by_name, frameworks
from policies.evidence.record import approvals
from policies.profiles import PROFILES
from policies.registry import RULES
from tests.policies.evidence.records import record
from tests.policies.output.findings import EXEMPTION, audit, finding

NAMED = sorted({control for rule in RULES for control in rule.controls}, key=str)


@pytest.mark.parametrize("control", NAMED, ids=lambda one: f"{one.framework} {one.control}")
def test_what_a_rule_supports_is_in_the_framework(control: Control) -> None:
    framework = by_name()[control.framework, control.version]
    assert framework.entry(control.control), f"add {control.control} to its file below policies/evidence/frameworks"


def test_the_frameworks_are_as_large_as_they_are() -> None:
    sizes = {one.framework: len(one.controls) for one in frameworks()}
    assert sizes["NIST AI RMF"] == 72
    annex = next(one for one in frameworks() if one.framework == "ISO/IEC 42001")
    objectives = Counter(int(control.split(".")[1]) for control in annex.controls)
    assert objectives == {2: 3, 3: 2, 4: 5, 5: 4, 6: 9, 7: 5, 8: 4, 9: 3, 10: 3}


def test_every_date_of_the_act_that_an_article_names_is_explained() -> None:
    act = next(one for one in frameworks() if one.dates)
    assert {entry.applies for entry in act.controls.values()} <= set(act.dates)


def support(*findings) -> dict[str, Support]:
    """What is said of each control of the first rule's first framework."""
    first = RULES[0].controls[0]
    framework = by_name()[first.framework, first.version]
    return {one.control: one.support for one in assess(framework, results(findings, RULES[:1]), PROFILES["prod"])}


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([finding(Outcome.PASS), finding(Outcome.NOT_APPLICABLE, "b")], Support.SUPPORTED),
        ([finding(Outcome.PASS), finding(name="b")], Support.UNSUPPORTED),
        ([finding(Outcome.PASS), finding(Outcome.UNKNOWN, "b")], Support.UNSUPPORTED),
        ([finding(Outcome.PASS), finding(Outcome.ERROR, "b")], Support.UNSUPPORTED),
        ([finding(Outcome.PASS), finding(name="b", exemption=EXEMPTION)], Support.UNSUPPORTED),
        ([finding(Outcome.NOT_APPLICABLE)], Support.UNOBSERVED),
        ([], Support.UNOBSERVED),
    ],
)
def test_a_rule_supports_its_controls_only_if_all_that_it_judged_complies(findings: list, expected: Support) -> None:
    found = support(*findings)
    named = {one.control for one in RULES[0].controls if one.framework == RULES[0].controls[0].framework}
    assert {found[control] for control in named} == {expected}
    assert {found[control] for control in found.keys() - named} == {Support.NONE}


def test_one_rule_of_two_that_holds_is_partial_support() -> None:
    shared = {}
    for rule in RULES:
        for control in rule.controls:
            shared.setdefault(control, []).append(rule)
    control, [first, second, *_] = next((one, rules) for one, rules in shared.items() if len(rules) > 1)
    found = results([finding(Outcome.PASS, of=first), finding(of=second)], [first, second])
    framework = by_name()[control.framework, control.version]
    [one] = [one for one in assess(framework, found, PROFILES["prod"]) if one.control == control.control]
    assert one.support is Support.PARTIAL


def test_an_enhancement_stands_after_what_it_enhances() -> None:
    listed = [one.control for one in assess(by_name()["NIST SP 800-53", "Rev. 5"], results([]), PROFILES["prod"])]
    extra = [one for one in listed if "(" in one]
    assert extra
    for one in extra:
        before = listed[listed.index(one) - 1]
        assert re.sub(r"\(.*", "", before) == re.sub(r"\(.*", "", one)


def test_what_is_not_established_is_said() -> None:
    told = "\n".join(record(finding(Outcome.UNKNOWN), audit=audit(gaps=("no access",))).open_points)
    assert "none satisfies one" in told
    assert "Not read: no access." in told
    assert RULES[-1].id in told  # found nothing to judge


def test_approvals_are_read_from_the_cluster_and_nowhere_else() -> None:
    def config_map(name: str, data: dict) -> Resource:
        metadata = {"name": name, "namespace": NAMESPACE}
        return Resource(CONFIG_MAP, name, {"metadata": metadata, "data": data})

    data = {"fraud-7.model": "fraud", "fraud-7.approvers": "ada,grace", "other": "x", "x.model": 1}
    [one] = approvals([config_map("other", data), config_map(NAME, data), config_map(NAME, {})])
    assert (one.id, one.facts) == ("fraud-7", {"model": "fraud", "approvers": "ada,grace"})
