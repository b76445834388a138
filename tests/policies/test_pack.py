"""The rules through the SDK's own servicer, asked with the engine's messages."""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi_policy
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, policy
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_STRING_VALUE

from policies._report import VARIABLE, record
from policies._rule import Rule
from policies._verdict import PASS, Verdict, fail
from policies._view import Resource, Stack
from policies.pack import NAME, Pack, serve, servicer
from policies.registry import RULES
from tests.policies.world import BUCKET, KEY, urn

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TAGS = dict.fromkeys(("environment", "owner", "cost-centre", "data-class", "managed-by"), "prod")
Diagnostic = Any


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "report.jsonl"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


def lines(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text().splitlines()]


def analyzer(stack: str = "prod", preview: bool = True, rules: Iterable[Rule] = RULES) -> Any:
    """The servicer as the engine finds it: told of the stack, then asked for levels, then configured with them."""
    pack = Pack("", False, rules)
    made = servicer(pack)(NAME, "0.0.1", pack.policies, EnforcementLevel.ADVISORY)
    made.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack=stack, dry_run=preview), None)
    return made


def secret(value: Any) -> dict[str, Any]:
    return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value}


def struct(properties: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(properties, struct_pb2.Struct())


def analyzed(servicer: Any, token: str, properties: dict[str, Any], protect: bool = True) -> list[Diagnostic]:
    request = proto.AnalyzeRequest(
        type=token,
        urn=urn(token, "thing"),
        name="thing",
        properties=struct(properties),
        options=proto.AnalyzerResourceOptions(protect=protect),
    )
    return list(servicer.Analyze(request, None).diagnostics)


def in_stack(
    token: str, name: str, properties: dict[str, Any], stack: str = "prod", **sources: str
) -> proto.AnalyzerResource:
    return proto.AnalyzerResource(
        type=token,
        urn=urn(token, name, stack),
        name=name,
        properties=struct(properties),
        propertyDependencies={key: proto.AnalyzerPropertyDependencies(urns=[value]) for key, value in sources.items()},
    )


def analyzed_stack(servicer: Any, *resources: proto.AnalyzerResource) -> dict[str, Diagnostic]:
    response = servicer.AnalyzeStack(proto.AnalyzeStackRequest(resources=resources), None)
    return {found.policyName: found for found in response.diagnostics}


@pytest.mark.parametrize(
    ("stack", "advisory"),
    [("local", {"key-without-rotation"}), ("staging", set()), ("prod", set()), ("a-change", set())],
)
def test_the_engine_is_told_the_levels_of_the_stacks_environment(stack: str, advisory: set[str]) -> None:
    policies = analyzer(stack).GetAnalyzerInfo(None, None).policies
    assert [one.name for one in policies] == [rule.name for rule in RULES]
    assert {one.name for one in policies if one.enforcementLevel == proto.ADVISORY} == advisory
    assert all(one.remediation_steps for one in policies)


def test_a_resource_is_stopped_before_it_is_made(report: Path) -> None:
    [found] = analyzed(analyzer(), KEY, {"enableKeyRotation": False, "tags": TAGS})
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
        "message": "`enableKeyRotation` of thing is false, must be true",
        "preview": True,
    }


def test_a_resource_passes_and_unprotected_ones_are_told_apart() -> None:
    assert analyzed(analyzer(), BUCKET, {"tags": TAGS}) == []
    [found] = analyzed(analyzer(), BUCKET, {"tags": TAGS}, protect=False)
    assert found.policyName == "data-without-deletion-protection"


def test_an_unknown_value_is_an_advice_at_preview_and_a_violation_after_the_update(report: Path) -> None:
    properties = {"policy": UNKNOWN_STRING_VALUE}
    [advice] = analyzed(analyzer(preview=True), POLICY, properties)
    assert (advice.policyName, advice.enforcementLevel) == ("open-to-any-principal", proto.ADVISORY)
    assert "`policy` of thing is not known" in advice.message
    [violation] = analyzed(analyzer(preview=False), POLICY, properties)
    assert (violation.policyName, violation.enforcementLevel) == ("open-to-any-principal", proto.MANDATORY)
    verdicts = [(line["outcome"], line["preview"]) for line in lines(report) if line["rule"] == "S3-05"]
    assert verdicts == [("UNKNOWN", True), ("UNKNOWN", False)]


def test_no_message_quotes_a_secret(report: Path) -> None:
    document = json.dumps({"Statement": [{"Sid": "hunter2", "Effect": "Allow", "Principal": "*hunter2"}]})
    bucket = {"tags": secret({**TAGS, "environment": "hunter2"}), "forceDestroy": secret(True)}
    found = analyzed(analyzer(), BUCKET, bucket) + analyzed(analyzer(), POLICY, {"policy": secret(document)})
    assert {diagnostic.policyName for diagnostic in found} == {
        "untagged-resource",
        "data-without-deletion-protection",
        "open-to-any-principal",
    }
    assert "hunter2" not in "".join(diagnostic.message for diagnostic in found) + report.read_text()


def test_a_stack_is_joined_by_origins_while_nothing_is_known() -> None:
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
    assert name not in analyzed_stack(analyzer(), bucket, key, encryption)
    found = analyzed_stack(analyzer(), bucket, key)[name]
    assert (found.urn, found.enforcementLevel) == (bucket.urn, proto.MANDATORY)
    assert "no BucketServerSideEncryptionConfiguration belongs to data" in found.message


def test_a_stack_advises_of_everything_it_cannot_decide_and_keeps_its_findings() -> None:
    known = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": UNKNOWN_STRING_VALUE}}
    resources = [in_stack(BUCKET, "bare", {"bucket": "bare"})]
    for name in ("one", "two"):
        bucket = in_stack(BUCKET, name, {"bucket": name})
        rules = {"rules": [{**known, "bucketKeyEnabled": True}]}
        resources += [bucket, in_stack(ENCRYPTION, f"{name}-encryption", rules, bucket=bucket.urn)]
    found = analyzer(rules=RULES[:1]).AnalyzeStack(proto.AnalyzeStackRequest(resources=resources), None).diagnostics
    assert [(item.urn, item.enforcementLevel) for item in found] == [
        (urn(BUCKET, "bare"), proto.MANDATORY),
        ("", proto.ADVISORY),
    ]
    assert "one-encryption" in found[1].message
    assert "two-encryption" in found[1].message


@pytest.mark.parametrize("joins", [False, True])
def test_a_defective_rule_is_a_finding_of_its_own_and_stops_no_other(joins: bool, report: Path) -> None:
    def defective(resource: Resource, stack: Stack) -> Verdict:
        return resource.properties["no such property"]

    broken = replace(RULES[0], name="defective", types=(KEY,), check=defective, joins=joins)
    healthy = replace(RULES[1], types=(KEY,), check=lambda resource, stack: PASS, joins=joins)
    made = analyzer(rules=[broken, healthy])
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
def test_parameters_are_those_of_the_stack_in_the_urn(joins: bool) -> None:
    rule = replace(RULES[0], types=(KEY,), check=lambda resource, stack: fail(f"in {stack.name}"), joins=joins)
    made = analyzer("prod", rules=[rule])
    if joins:
        assert analyzed_stack(made) == {}
        found = analyzed_stack(made, in_stack(KEY, "key", {}, stack="dev"))[rule.name]
    else:
        request = proto.AnalyzeRequest(type=KEY, urn=urn(KEY, "key", "dev"))
        [found] = made.Analyze(request, None).diagnostics
    assert "in dev" in found.message


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
    [advice] = analyzed(made, POLICY, {"policy": UNKNOWN_STRING_VALUE})
    assert advice.enforcementLevel == proto.ADVISORY


def test_levels_of_the_users_configuration_win(report: Path) -> None:
    made = analyzer()
    settings = {rule.name: proto.PolicyConfig(enforcementLevel=proto.MANDATORY) for rule in RULES}
    settings["key-without-rotation"] = proto.PolicyConfig(enforcementLevel=proto.ADVISORY)
    settings["untagged-resource"] = proto.PolicyConfig(enforcementLevel=proto.DISABLED)
    made.Configure(proto.ConfigureAnalyzerRequest(policyConfig=settings), None)
    [found] = analyzed(made, KEY, {})
    assert (found.policyName, found.enforcementLevel) == ("key-without-rotation", proto.ADVISORY)
    assert {line["rule"]: line["level"] for line in lines(report)} == {
        "KMS-01": "advisory",
        "S3-05": "mandatory",
        "S3-10": "mandatory",
    }


def test_nothing_is_written_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert analyzed(analyzer(), KEY, {"enableKeyRotation": True, "tags": TAGS}) == []
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_stops_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "missing" / "report.jsonl"))
    [found] = analyzed(analyzer(), KEY, {"tags": TAGS})
    assert found.policyName == "key-without-rotation"


def test_lines_of_the_report_stay_whole_when_written_at_once(report: Path) -> None:
    verdict = replace(PASS, message="x" * 9000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: record(RULES[0], str(number), verdict, "mandatory", True), range(200)))
    assert {line["urn"] for line in lines(report)} == {str(number) for number in range(200)}
