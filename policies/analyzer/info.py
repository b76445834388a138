"""What the analyzer says of itself, of its rules and of what they find."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from pulumi.runtime import proto

from policies._operation import DESCRIPTION, NAME, VERSION, Operation, Told
from policies._rule import Rule
from policies.profiles import Level, Profile

LEVELS = {Level.ADVISORY: proto.ADVISORY, Level.MANDATORY: proto.MANDATORY, Level.DISABLED: proto.DISABLED}


def analyzer_info(operation: Operation) -> proto.AnalyzerInfo:
    """The pack and its policies, with the levels of the operation's environment."""
    return proto.AnalyzerInfo(
        name=NAME,
        version=VERSION,
        description=DESCRIPTION,
        supportsConfig=True,
        policies=[_policy(rule, operation.level(rule)) for rule in operation.rules],
    )


def _policy(rule: Rule, level: Level) -> proto.PolicyInfo:
    info = proto.PolicyInfo(
        name=rule.name,
        displayName=f"{rule.id} {rule.name}",
        description=rule.title,
        enforcementLevel=LEVELS[level],
        policy_type=proto.POLICY_TYPE_STACK if rule.joins else proto.POLICY_TYPE_RESOURCE,
        severity=_severity(rule),
        remediation_steps=rule.instead,
        tags=[rule.id],
    )
    if properties := schema(rule.parameters):
        info.configSchema.properties.update(properties)
    return info


def diagnostic(told: Told) -> proto.AnalyzeDiagnostic:
    """A diagnostic of the engine."""
    assert told.level, "nothing to tell"
    return proto.AnalyzeDiagnostic(
        policyName=told.rule.name,
        policyPackName=NAME,
        policyPackVersion=VERSION,
        description=told.rule.title,
        message=f"{told.rule.title}\n{told.message}",
        urn=told.urn,
        enforcementLevel=LEVELS[told.level],
        severity=_severity(told.rule),
    )


def not_applicable(rule: Rule, reason: str) -> proto.PolicyNotApplicable:
    """A rule that has nothing to say."""
    return proto.PolicyNotApplicable(policy_name=rule.name, reason=reason)


def schema(parameters: Iterable[str]) -> dict[str, Any]:
    """JSON schema of the fields of the profile that a rule reads, which the engine checks values against.

    Without defaults: the engine would hand them in as if the user had chosen them, over what the profile says.
    """
    return {name: _without_default(_fields()[name]) for name in parameters if "$ref" not in str(_fields()[name])}


def _without_default(field: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in field.items() if name != "default"}


@cache
def _fields() -> dict[str, Any]:
    return Profile.model_json_schema()["properties"]


def _severity(rule: Rule) -> Any:
    return proto.PolicySeverity.Value(f"POLICY_SEVERITY_{rule.severity.name}")
