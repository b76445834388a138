"""What a user's `--policy-pack-config` changes, and what of it is refused, in both packs."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.runtime import proto

from policies._report import VARIABLE
from policies._verdict import Verdict, fail
from policies._view import Resource, Stack
from policies.registry import RULES
from tests.policies.asking import CORE, analyzed, each_pack
from tests.policies.world import KEY

Make = Callable[..., Any]


@each_pack
def test_levels_of_the_users_configuration_win(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report.jsonl"
    monkeypatch.setenv(VARIABLE, str(report))
    made = make()
    settings = {rule.name: proto.PolicyConfig(enforcementLevel=proto.MANDATORY) for rule in CORE}
    settings["key-without-rotation"] = proto.PolicyConfig(enforcementLevel=proto.ADVISORY)
    settings["untagged-resource"] = proto.PolicyConfig(enforcementLevel=proto.DISABLED)
    made.Configure(proto.ConfigureAnalyzerRequest(policyConfig=settings), None)
    found = {one.policyName: one.enforcementLevel for one in analyzed(made, KEY, {})}
    assert found["key-without-rotation"] == proto.ADVISORY
    assert "untagged-resource" not in found
    levels = {line["rule"]: line["level"] for line in map(json.loads, report.read_text().splitlines())}
    assert levels["KMS-01"] == "advisory"
    assert "TAG-01" not in levels
    assert {level for rule, level in levels.items() if rule != "KMS-01"} == {"mandatory"}


@each_pack
def test_a_parameter_of_the_users_configuration_is_that_of_one_rule(make: Make) -> None:
    def check(resource: Resource, stack: Stack) -> Verdict:
        return fail(f"{stack.profile.key_deletion_days} days")

    first, second = (
        replace(RULES[0], name=name, types=(KEY,), check=check, joins=False, parameters=("key_deletion_days",))
        for name in ("first", "second")
    )
    made = make(rules=[first, second])
    config = proto.PolicyConfig(enforcementLevel=proto.MANDATORY)
    config.properties.update({"key_deletion_days": 12})
    made.Configure(proto.ConfigureAnalyzerRequest(policyConfig={"first": config}), None)
    messages = {one.policyName: one.message for one in analyzed(made, KEY, {})}
    assert "12 days" in messages["first"]
    assert "30 days" in messages["second"]
    schema = {one.name: one.configSchema for one in made.GetAnalyzerInfo(None, None).policies}["first"]
    assert schema.properties["key_deletion_days"]["minimum"] == 7


class Refused(Exception):
    """What gRPC raises to end a call."""


class Call:
    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Refused(code, details)


@each_pack
@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("key-without-rotatoin", {}, "no rule 'key-without-rotatoin'; did you mean key-without-rotation?"),
        ("key-without-rotation", {"days": 3}, "rule 'key-without-rotation' has no parameter 'days'; it has none"),
        (
            "data-without-deletion-protection",
            {"key_deletion_days": 3},
            "rule 'data-without-deletion-protection': key_deletion_days: Input should be greater than or equal to 7",
        ),
    ],
)
def test_a_configuration_that_means_nothing_is_refused(
    make: Make, name: str, properties: dict[str, Any], reason: str
) -> None:
    config = proto.PolicyConfig(enforcementLevel=proto.MANDATORY)
    config.properties.update(properties)
    request = proto.ConfigureAnalyzerRequest(policyConfig={name: config, "all": proto.PolicyConfig()})
    with pytest.raises(Refused) as refused:
        make().Configure(request, Call())
    code, details = refused.value.args
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert reason in details


@each_pack
def test_the_engine_is_given_no_default_that_it_would_hand_in_as_the_users_choice(make: Make) -> None:
    policies = make(rules=RULES).GetAnalyzerInfo(None, None).policies
    schemas = [dict(field) for one in policies for field in one.configSchema.properties.values()]
    assert schemas
    assert not [schema for schema in schemas if "default" in schema]
