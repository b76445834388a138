"""Asks the two packs what the engine would ask them, in its messages and its order."""

from collections.abc import Iterable
from typing import Any

import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from policies._operation import NAME, VERSION, Operation
from policies._rule import Rule
from policies.analyzer.servicer import Servicer
from policies.exemptions import Exemptions
from policies.findings import NONE
from policies.pack import Pack, servicer
from policies.registry import RULES
from tests.policies.world import urn

Diagnostic = Any
_CORE = ("S3-01", "S3-02", "S3-03", "S3-04", "S3-05", "S3-10", "KMS-01", "AUD-01", "AUD-05", "TAG-01")
CORE = [rule for rule in RULES if rule.id in _CORE]
"""A few rules, for tests of the packs that no further rule is to disturb."""


def own(
    stack: str = "prod", preview: bool = True, rules: Iterable[Rule] = CORE, exemptions: Exemptions = NONE
) -> Servicer:
    """The analyzer, told of the stack."""
    return _entered(Servicer(Operation(rules, exemptions)), stack, preview)


def stock(
    stack: str = "prod", preview: bool = True, rules: Iterable[Rule] = CORE, exemptions: Exemptions = NONE
) -> Any:
    """The SDK's own servicer with the pack's policies, told of the stack."""
    pack = Pack(Operation(rules, exemptions))
    return _entered(servicer(pack)(NAME, VERSION, pack.policies, EnforcementLevel.ADVISORY), stack, preview)


each_pack = pytest.mark.parametrize("make", [own, stock])


def _entered(made: Any, stack: str, preview: bool) -> Any:
    made.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack=stack, dry_run=preview), None)
    return made


def secret(value: Any) -> dict[str, Any]:
    """A value that the engine marks as secret."""
    return {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": value}


def struct(properties: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(properties, struct_pb2.Struct())


def alone(resource: proto.AnalyzerResource) -> proto.AnalyzeRequest:
    """The question about a resource of a stack before it is made."""
    return proto.AnalyzeRequest(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=resource.properties,
        options=resource.options,
        provider=resource.provider if resource.HasField("provider") else None,
    )


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
