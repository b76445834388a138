"""The rules through both packs, asked with the engine's messages."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pulumi_policy
import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, policy, proxy
from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_STRING_VALUE

from policies._decode import UNKNOWN_VALUES
from policies._operation import NAME, REDACTED
from policies._report import VARIABLE, record
from policies._rule import Point
from policies._verdict import PASS, Verdict, fail
from policies._view import Resource, Stack
from policies.findings import Finding
from policies.oversight import OVERSIGHT
from policies.pack import serve
from policies.registry import RULES
from tests.policies.asking import CORE, alone, analyzed, analyzed_stack, each_pack, in_stack, own, secret, stock
from tests.policies.world import BUCKET, KEY, urn

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TAGS = {"environment": "prod", "owner": "ml", "cost-centre": "ml-1", "data-class": "internal", "managed-by": "pulumi"}
Make = Callable[..., Any]


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "report.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def lines(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text().splitlines()]


@pytest.mark.parametrize(
    ("stack", "advisory"),
    [("local", {"key-without-rotation"}), ("staging", set()), ("prod", set()), ("a-change", set())],
)
@each_pack
def test_the_engine_is_told_the_levels_of_the_stacks_environment(make: Make, stack: str, advisory: set[str]) -> None:
    policies = make(stack).GetAnalyzerInfo(None, None).policies
    assert [one.name for one in policies] == [rule.name for rule in (*CORE, *OVERSIGHT)]
    names = {rule.name for rule in CORE}
    assert {one.name for one in policies if one.enforcementLevel == proto.ADVISORY} & names == advisory
    assert all(one.remediation_steps for one in policies)


def test_the_engine_hears_the_same_of_the_rules_from_both_packs() -> None:
    ours, theirs = (make("staging", rules=RULES).GetAnalyzerInfo(None, None) for make in (own, stock))
    assert list(ours.policies) == list(theirs.policies)
    assert ours.supportsConfig
    assert (ours.name, ours.version) == (theirs.name, theirs.version)
    assert own().GetPluginInfo(None, None).version
    assert own().Handshake(proto.AnalyzerHandshakeRequest(), None) == proto.AnalyzerHandshakeResponse()


@each_pack
def test_a_resource_is_stopped_before_it_is_made(make: Make, report: Path) -> None:
    [found] = analyzed(make(), KEY, {"enableKeyRotation": False, "tags": TAGS})
    assert (found.policyName, found.enforcementLevel) == ("key-without-rotation", proto.MANDATORY)
    assert found.urn == urn(KEY, "thing")
    assert "KMS-01: `enableKeyRotation` of thing is false, must be true. Set `enableKeyRotation`" in found.message
    [failure] = [line for line in lines(report) if line["outcome"] == "FAIL"]
    assert failure == {
        "rule": "KMS-01",
        "name": "key-without-rotation",
        "severity": "medium",
        "level": "mandatory",
        "outcome": "FAIL",
        "urn": urn(KEY, "thing"),
        "verdict": "FAIL",
        "message": "`enableKeyRotation` of thing is false, must be true",
        "preview": True,
        "rules": ANY,
    }


@each_pack
def test_a_resource_passes_and_unprotected_ones_are_told_apart(make: Make) -> None:
    assert analyzed(make(), BUCKET, {"tags": TAGS}) == []
    [found] = analyzed(make(), BUCKET, {"tags": TAGS}, protect=False)
    assert found.policyName == "data-without-deletion-protection"


@each_pack
def test_an_unknown_value_is_an_advice_at_preview_and_a_violation_after_the_update(make: Make, report: Path) -> None:
    properties = {"policy": UNKNOWN_STRING_VALUE}
    [advice] = analyzed(make(preview=True), POLICY, properties)
    assert (advice.policyName, advice.enforcementLevel) == ("open-to-any-principal", proto.ADVISORY)
    assert "`policy` of thing is not known" in advice.message
    [violation] = analyzed(make(preview=False), POLICY, properties)
    assert (violation.policyName, violation.enforcementLevel) == ("open-to-any-principal", proto.MANDATORY)
    verdicts = [(line["outcome"], line["preview"]) for line in lines(report) if line["rule"] == "S3-05"]
    assert verdicts == [("UNKNOWN", True), ("UNKNOWN", False)]


@each_pack
def test_no_message_quotes_a_secret(make: Make, report: Path) -> None:
    document = json.dumps({"Statement": [{"Sid": "hunter2", "Effect": "Allow", "Principal": "*hunter2"}]})
    bucket = {"tags": secret({**TAGS, "environment": "hunter2", "owner": ""}), "forceDestroy": secret(True)}
    found = analyzed(make(), BUCKET, bucket) + analyzed(make(), POLICY, {"policy": secret(document)})
    assert {diagnostic.policyName for diagnostic in found} >= {
        "data-without-deletion-protection",
        "open-to-any-principal",
    }
    assert "hunter2" not in "".join(diagnostic.message for diagnostic in found) + report.read_text()


@each_pack
def test_a_stack_is_joined_by_origins_while_nothing_is_known(make: Make) -> None:
    bucket = in_stack(BUCKET, "data", {"bucket": UNKNOWN_STRING_VALUE})
    key = in_stack(KEY, "key", {})
    encryption = in_stack(
        ENCRYPTION,
        "encryption",
        {"bucket": UNKNOWN_STRING_VALUE, "rules": secret(UNKNOWN_ARRAY_VALUE)},
        bucket=bucket.urn,
        rules=key.urn,
    )
    name = "bucket-without-customer-key"
    assert name not in analyzed_stack(make(), bucket, key, encryption)
    found = analyzed_stack(make(), bucket, key)[name]
    assert (found.urn, found.enforcementLevel) == (bucket.urn, proto.MANDATORY)
    assert "no BucketServerSideEncryptionConfiguration belongs to data" in found.message


@each_pack
def test_a_stack_advises_of_everything_it_cannot_decide_and_keeps_its_findings(make: Make) -> None:
    known = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN_STRING_VALUE}}
    resources = [in_stack(BUCKET, "bare", {"bucket": "bare"})]
    for name in ("one", "two"):
        bucket = in_stack(BUCKET, name, {"bucket": name})
        rules = {"rules": [{**known, "bucketKeyEnabled": True}]}
        resources += [bucket, in_stack(ENCRYPTION, f"{name}-encryption", rules, bucket=bucket.urn)]
    [rule] = [rule for rule in RULES if rule.id == "S3-01"]
    found = make(rules=[rule]).AnalyzeStack(proto.AnalyzeStackRequest(resources=resources), None).diagnostics
    refused, *advice = found
    assert (refused.urn, refused.enforcementLevel) == (urn(BUCKET, "bare"), proto.MANDATORY)
    assert {item.enforcementLevel for item in advice} == {proto.ADVISORY}
    assert all(f"{name}-encryption" in "".join(item.message for item in advice) for name in ("one", "two"))


@pytest.mark.parametrize("joins", [False, True])
@each_pack
def test_a_defective_rule_is_a_finding_of_its_own_and_stops_no_other(make: Make, joins: bool, report: Path) -> None:
    def defective(resource: Resource, stack: Stack) -> Verdict:
        raise KeyError(resource.urn)

    broken = replace(RULES[0], name="defective", types=(KEY,), check=defective, joins=joins)
    healthy = replace(RULES[1], types=(KEY,), check=lambda resource, stack: PASS, joins=joins)
    made = make(rules=[broken, healthy])
    if joins:
        found = analyzed_stack(made, in_stack(KEY, "key", {}))["defective"]
    else:
        [found] = analyzed(made, KEY, {})
    assert (found.policyName, found.enforcementLevel) == ("defective", proto.MANDATORY)
    assert f"rule {broken.id} is defective: KeyError at test_pack.py" in found.message
    assert broken.instead not in found.message
    assert [(line["name"], line["outcome"]) for line in lines(report)] == [
        ("defective", "ERROR"),
        (healthy.name, "PASS"),
    ]


@pytest.mark.parametrize("joins", [False, True])
@each_pack
def test_parameters_are_those_of_the_stack_in_the_urn(make: Make, joins: bool) -> None:
    rule = replace(RULES[0], types=(KEY,), check=lambda resource, stack: fail(f"in {stack.name}"), joins=joins)
    made = make("prod", rules=[rule])
    if joins:
        assert analyzed_stack(made) == {}
        found = analyzed_stack(made, in_stack(KEY, "key", {}, stack="dev"))[rule.name]
    else:
        request = proto.AnalyzeRequest(type=KEY, urn=urn(KEY, "key", "dev"))
        [found] = made.Analyze(request, None).diagnostics
    assert "in dev" in found.message


@each_pack
def test_what_no_rule_judges_is_told_as_not_applicable(make: Make) -> None:
    request = proto.AnalyzeRequest(
        type="random:index/randomPet:RandomPet", urn=urn("random:index/randomPet:RandomPet", "a")
    )
    alone = {rule.name for rule in CORE if not rule.joins}
    response = make().Analyze(request, None)
    assert {one.policy_name for one in response.not_applicable} == alone
    assert not response.diagnostics
    policy = proto.AnalyzeRequest(type=POLICY, urn=urn(POLICY, "policy"))
    judged = {"open-to-any-principal", "untagged-resource"}
    skipped = {one.policy_name for one in make().Analyze(policy, None).not_applicable}
    assert skipped == alone - judged | {"untagged-resource"}
    # A rule that has looked at a resource and has nothing to say of it gives its own reason.
    bucket = proto.AnalyzeRequest(type=BUCKET, urn=urn(BUCKET, "data", "dev"))
    [reason] = [
        one.reason
        for one in make("dev").Analyze(bucket, None).not_applicable
        if one.policy_name == "data-without-deletion-protection"
    ]
    assert reason.startswith("dev may delete its ")
    joined = {rule.name for rule in (*CORE, *OVERSIGHT) if rule.joins}
    response = make().AnalyzeStack(proto.AnalyzeStackRequest(), None)
    assert {one.policy_name for one in response.not_applicable} == joined


@each_pack
def test_nothing_is_changed_in_place(make: Make) -> None:
    response = make().Remediate(proto.AnalyzeRequest(type=KEY, urn=urn(KEY, "key")), None)
    assert not response.remediations


def test_a_directory_pack_finds_its_stack_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    monkeypatch.setattr(policy, "_PolicyAnalyzerServicer", policy._PolicyAnalyzerServicer)
    monkeypatch.setattr(pulumi_policy, "PolicyPack", lambda name, policies, description: served.extend(policies))
    monkeypatch.setenv("PULUMI_STACK", "dev")
    monkeypatch.setenv("PULUMI_DRY_RUN", "true")
    serve()
    made = policy._PolicyAnalyzerServicer(NAME, "0.0.1", served, EnforcementLevel.MANDATORY)
    rotation = next(one for one in served if one.name == "key-without-rotation")
    assert rotation.enforcement_level is EnforcementLevel.ADVISORY
    found = analyzed(made, POLICY, {"policy": UNKNOWN_STRING_VALUE})
    assert {one.enforcementLevel for one in found if one.policyName == "open-to-any-principal"} == {proto.ADVISORY}


def test_the_analyzer_takes_secrets_out_of_messages(report: Path) -> None:
    def talkative(resource: Resource, stack: Stack) -> Verdict:
        return fail(f"it is {resource.get('description')} under {resource.get('tags.a')}")

    for joins in (False, True):
        rule = replace(RULES[0], types=(KEY,), check=talkative, joins=joins)
        made = own(rules=[rule])
        properties = {"description": secret("hunter2"), "tags": secret({"a": "correct horse"})}
        if joins:
            found = analyzed_stack(made, in_stack(KEY, "key", properties))[rule.name]
        else:
            [found] = analyzed(made, KEY, properties)
        assert f"it is {REDACTED} under {REDACTED}." in found.message
    assert "hunter2" not in report.read_text()
    assert "correct horse" not in report.read_text()


def test_every_mark_of_what_is_not_known_is_read() -> None:
    assert {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")} == UNKNOWN_VALUES


def test_nothing_is_written_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    analyzed(own(), KEY, {"enableKeyRotation": True, "tags": TAGS})
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing" / "report.jsonl"))
    assert "key-without-rotation" in {one.policyName for one in analyzed(own(), KEY, {"tags": TAGS})}


def test_lines_of_the_report_stay_whole_when_written_at_once(report: Path) -> None:
    def write(number: int) -> None:
        finding = Finding(RULES[0], Resource(KEY, str(number)), PASS, Point.PLAN)
        record(finding, "mandatory", True, "x" * 9000, 101)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(200)))
    assert {line["urn"] for line in lines(report)} == {str(number) for number in range(200)}


def test_inputs_stand_in_for_outputs_that_the_engine_does_not_know() -> None:
    """At a preview under a provider that cannot be configured yet, a stack's resources come without properties."""
    bucket = in_stack(BUCKET, "data", {"bucket": "data"})
    versioning = "aws:s3/bucketVersioning:BucketVersioning"
    known = in_stack(versioning, "versions", {"bucket": "data", "versioningConfiguration": {"status": "Enabled"}})
    empty = in_stack(versioning, "versions", {}, bucket=bucket.urn)
    made = own()
    assert "bucket-without-versioning" in analyzed_stack(made, bucket, empty)
    made.Analyze(alone(known), None)
    assert "bucket-without-versioning" not in analyzed_stack(made, bucket, empty)
    # What the engine does know counts.
    off = in_stack(versioning, "versions", {"versioningConfiguration": {"status": "Disabled"}}, bucket=bucket.urn)
    assert "bucket-without-versioning" in analyzed_stack(made, bucket, off)
