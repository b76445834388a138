from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies import exemptions
from policies._rule import Point
from policies._verdict import Outcome
from policies._view import Resource, Stack
from policies.exemptions import Exemption, Exemptions, load
from policies.findings import RULES_BY_ID, Finding, judge
from policies.oversight import OVERSIGHT
from policies.profiles import PROFILES
from policies.registry import NAMES
from tests.policies.asking import CORE
from tests.policies.world import KEY, made

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS: dict[str, Any] = {
    "id": "EX-1",
    "rule": "KMS-01",
    "selector": "urn:pulumi:prod::*::key",
    "reason": "Imported key material cannot be rotated.",
    "approver": "security@example.org",
    "ticket": "SEC-1",
    "created": date(2026, 1, 10),
    "expires": date(2026, 4, 30),
}


def written(folder: Path, *entries: Any) -> Exemptions:
    file = folder / "exemptions.yaml"
    file.write_text(yaml.safe_dump(list(entries)))
    return load(file)


def judged(
    found: Exemptions, *resources: Resource, point: Point = Point.STATE, now: datetime = NOON, stack: str = "prod"
) -> dict[tuple[str, str], Finding]:
    told = judge(Stack(stack, resources), point, [*CORE, RULES_BY_ID["KMS-02"]], found, now)
    return {(one.rule.id, one.resource.name): one for one in told}


def oversight(found: dict[tuple[str, str], Finding]) -> dict[str, str]:
    """Messages of the failures of exemptions themselves, by rule."""
    return {
        rule: one.verdict.message
        for (rule, _), one in found.items()
        if rule.startswith(("EXM", "AIG-13")) and one.outcome is Outcome.FAIL
    }


def test_what_is_exempt_keeps_its_verdict_and_nothing_else_is_exempt(tmp_path: Path) -> None:
    found = judged(written(tmp_path, FIELDS), made(KEY, "key"), made(KEY, "other"))
    exempt = found["KMS-01", "key"]
    assert (exempt.outcome, exempt.verdict.outcome) == (Outcome.EXEMPT, Outcome.FAIL)
    assert exempt.exemption
    assert exempt.exemption.id == "EX-1"
    assert found["KMS-01", "other"].outcome is Outcome.FAIL
    assert found["TAG-01", "key"].outcome is Outcome.FAIL
    assert oversight(found) == {}


def test_what_passes_is_not_exempt(tmp_path: Path) -> None:
    found = judged(written(tmp_path, FIELDS), made(KEY, "key", {"enableKeyRotation": True}))
    assert found["KMS-01", "key"].outcome is Outcome.PASS
    assert oversight(found) == {"EXM-04": "exemption EX-1 answers for nothing that fails here"}


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2026, 1, 9, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 10, tzinfo=UTC), True),
        (datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 5, 1, tzinfo=UTC), False),
        # Where the clock says it is the first of May already, it is still the last day in UTC.
        (datetime(2026, 5, 1, 1, tzinfo=timezone(timedelta(hours=2))), True),
    ],
)
@pytest.mark.parametrize("point", [Point.PLAN, Point.STATE, Point.LIVE])
def test_it_holds_from_its_first_day_to_the_end_of_its_last_in_utc(
    tmp_path: Path, now: datetime, holds: bool, point: Point
) -> None:
    found = judged(written(tmp_path, FIELDS), made(KEY, "key"), now=now, point=point)
    assert (found["KMS-01", "key"].outcome is Outcome.EXEMPT) == holds
    assert ("EXM-02" in oversight(found)) == (now >= datetime(2026, 5, 1, tzinfo=UTC))
    assert Exemption.model_validate(FIELDS).end == datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(("days", "told"), [(14, True), (15, False), (0, True)])
def test_notice_is_given_two_weeks_before_its_end(tmp_path: Path, days: int, told: bool) -> None:
    now = datetime(2026, 4, 30, 12, tzinfo=UTC) - timedelta(days=days)
    assert ("EXM-03" in oversight(judged(written(tmp_path, FIELDS), made(KEY, "key"), now=now))) == told


@pytest.mark.parametrize(
    ("severity", "rule", "days"),
    [("critical", "KMS-02", 30), ("high", "TAG-01", 90), ("medium", "KMS-01", 180)],
)
def test_it_lasts_no_longer_than_the_severity_of_its_rule_allows(
    tmp_path: Path, severity: str, rule: str, days: int
) -> None:
    def lasting(length: int) -> dict[tuple[str, str], Finding]:
        last = FIELDS["created"] + timedelta(days=length - 1)
        fields = {**FIELDS, "rule": rule, "expires": last}
        key = made(KEY, "key", {"policy": '{"Statement": {"Effect": "Allow", "Principal": "*"}}'})
        return judged(written(tmp_path, fields), key, now=datetime(2026, 1, 11, tzinfo=UTC))

    assert lasting(days)[rule, "key"].outcome is Outcome.EXEMPT
    assert lasting(days + 1)[rule, "key"].outcome is Outcome.FAIL
    assert f"it lasts {days + 1} days, at most {days} for {severity} rules" in oversight(lasting(days + 1))["EXM-01"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reason": "too short"}, "reason: String should have at least 10 characters"),
        ({"reason": "         x         "}, "reason: String should have at least 10 characters"),
        ({"approver": ""}, "approver"),
        ({"selector": "*::*"}, "selector matches everything"),
        ({"expires": date(2026, 1, 9)}, "expires is before created"),
        ({"expires": datetime(2026, 4, 30, 12)}, "expires: must be a day as YYYY-MM-DD"),
        ({"expires": "soon"}, "expires"),
        ({"rule": "KMS-99"}, "no rule has the id that it names"),
        ({"forever": True}, "forever: Extra inputs are not permitted"),
    ],
)
def test_what_is_malformed_exempts_nothing_and_is_a_finding(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    found = judged(written(tmp_path, {**FIELDS, **change}), made(KEY, "key"))
    assert found["KMS-01", "key"].outcome is Outcome.FAIL
    assert reason in oversight(found)["EXM-01"]


@pytest.mark.parametrize("text", ["- [", "a: b", "- 7", "\x00", "- &a [*a]", "[" * 1000])
def test_a_file_that_makes_no_sense_exempts_nothing_and_is_a_finding(tmp_path: Path, text: str) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_text(text)
    found = judged(load(file), made(KEY, "key"))
    assert "exempts nothing" in oversight(found)["EXM-01"]
    assert judged(load(tmp_path / "missing.yaml"))


def test_two_of_one_id_are_one_too_many(tmp_path: Path) -> None:
    found = judged(written(tmp_path, FIELDS, {**FIELDS, "selector": "*::other"}), made(KEY, "key"), made(KEY, "other"))
    assert found["KMS-01", "key"].outcome is Outcome.EXEMPT
    assert found["KMS-01", "other"].outcome is Outcome.FAIL


def test_the_place_of_an_entry_is_known(tmp_path: Path) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_text("# comment\n\n- id: A\n- id: B\n")
    assert [entry.source for entry in load(file).entries] == [(str(file), 3), (str(file), 4)]


def test_one_finding_of_several_can_be_exempt_and_the_rest_still_fails(tmp_path: Path) -> None:
    rule = next(rule for rule in CORE if rule.id == "KMS-01")
    verdict = rule.judge(made(KEY, "key"), Stack("prod"))
    key, profile = made(KEY, "key"), PROFILES["prod"]
    two = type(verdict)(Outcome.FAIL, "both", ("enableKeyRotation", "other"))
    one = written(tmp_path, {**FIELDS, "finding": "enableKeyRotation"})
    assert one.covering(rule, key, verdict, profile, NOON)
    assert not one.covering(rule, key, two, profile, NOON)
    both = written(tmp_path, {**FIELDS, "finding": "enable*"}, {**FIELDS, "id": "EX-2", "finding": "other"})
    assert [answer.id for answer in both.covering(rule, key, two, profile, NOON)] == ["EX-1", "EX-2"]


@pytest.mark.parametrize(
    ("selector", "labels", "selected"),
    [
        ("urn:pulumi:prod::*:Deployment::api", {}, True),
        ("Deployment/models/ap?", {}, True),
        ("Deployment/models/*", {"team": "a"}, True),
        ("Deployment/models/*", {"team": "b"}, False),
        ("deployment/models/api", {}, False),
        ("*::web", {}, False),
    ],
)
def test_resources_are_selected_by_any_of_their_names(selector: str, labels: dict[str, str], selected: bool) -> None:
    metadata = {"namespace": "models", "name": "api", "labels": {"team": "a"}}
    deployment = made("kubernetes:apps/v1:Deployment", "api", {"kind": "Deployment", "metadata": metadata})
    fields = {**FIELDS, "selector": selector, "labels": labels}
    assert Exemption.model_validate(fields).selects(deployment) == selected


def test_an_arn_is_known_from_the_account_and_from_the_state() -> None:
    arn = "arn:aws:kms:eu-central-1:1:key/1"
    exemption = Exemption.model_validate({**FIELDS, "selector": "arn:aws:kms:*:1:key/1"})
    assert exemption.selects(Resource(KEY, arn))
    assert exemption.selects(made(KEY, "key", {"arn": arn}))


@pytest.mark.parametrize(
    ("selector", "point", "stack", "told"),
    [
        ("urn:pulumi:prod::*::gone", Point.STATE, "prod", True),
        ("urn:pulumi:prod::*::gone", Point.STATE, "dev", False),
        ("urn:pulumi:prod::*::gone", Point.LIVE, "prod", False),
        ("urn:pulumi:prod::*::gone", Point.PLAN, "prod", False),
        ("arn:aws:kms:*:gone", Point.LIVE, "prod", True),
        ("arn:aws:kms:*:gone", Point.STATE, "prod", False),
        ("Deployment/models/gone", Point.STATE, "prod", False),
    ],
)
def test_unused_is_told_where_it_can_be_told(
    tmp_path: Path, selector: str, point: Point, stack: str, told: bool
) -> None:
    found = judged(written(tmp_path, {**FIELDS, "selector": selector}), made(KEY), point=point, stack=stack)
    assert ("EXM-04" in oversight(found)) == told


@pytest.mark.parametrize("rule", OVERSIGHT, ids=lambda rule: rule.id)
def test_the_examples_of_the_rules_on_exemptions(rule: Any, tmp_path: Path) -> None:
    key = made(KEY, "legacy-key")
    good = judged(written(tmp_path, *yaml.safe_load(rule.good)), key)
    assert oversight(good) == {}
    now = NOON if rule.id != "EXM-03" else datetime(2026, 2, 10, tzinfo=UTC)
    assert rule.id in oversight(judged(written(tmp_path, *yaml.safe_load(rule.bad)), key, now=now))
    assert NAMES[rule.name] is rule


def test_what_is_shipped_exempts_nothing_and_is_well_formed() -> None:
    assert load(Path(exemptions.__file__).with_name("exemptions.yaml")) == Exemptions()
