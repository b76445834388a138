"""The rules as a policy pack of Pulumi's own SDK: what `--policy-pack policies` starts, the way that is documented.

The fallback for the analyzer. The SDK decodes a resource anew for every policy, and hides which values are secrets.
"""

from collections.abc import Iterable
from typing import Any

import pulumi_policy
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, Policy, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy.policy import ReportViolation
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies import _engine
from policies._operation import DESCRIPTION, NAME, Operation, Told
from policies._parent import end_with_parent
from policies._rule import Rule
from policies._verdict import Outcome
from policies.analyzer.info import not_applicable, schema
from policies.analyzer.servicer import IDLE, configure
from policies.oversight import OVERSIGHT
from policies.profiles import Level, ProfileError


class Undecided(UnknownValueError):
    """Makes the SDK give an advice instead of a violation, whatever the policy's level."""

    def __init__(self, messages: Iterable[str]) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, [])
        self.message = " ".join(dict.fromkeys(messages))


class Pack:
    """The rules as policies, and the operation they run for."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._policies = [(rule, _policy(operation, rule)) for rule in operation.rules]
        alone = [rule for rule in operation.rules if not rule.joins]
        self.idle = proto.AnalyzeResponse(not_applicable=[not_applicable(rule, IDLE) for rule in alone])
        self._level()

    @property
    def policies(self) -> list[Policy]:
        """The policies, in the order of the rules."""
        return [policy for _, policy in self._policies]

    def judges(self, resource_type: str) -> bool:
        """Whether a rule that looks at single resources covers this type."""
        return any(rule.covers(resource_type) for rule, _ in self._policies if not rule.joins)

    def enter(self, stack: str, preview: bool) -> None:
        """Take the levels that a stack's environment demands."""
        self.operation.enter(stack, preview)
        self._level()

    def _level(self) -> None:
        for rule, policy in self._policies:
            policy.enforcement_level = EnforcementLevel(self.operation.level(rule).value)


def _policy(operation: Operation, rule: Rule) -> Policy:
    def judge_resource(args: pulumi_policy.ResourceValidationArgs, report: ReportViolation) -> None:
        if not rule.covers(args.resource_type):
            args.not_applicable(IDLE)
        _pass_on(operation.judge([_engine.resource_of(args)], [rule]), args, report)

    def judge_stack(args: pulumi_policy.StackValidationArgs, report: ReportViolation) -> None:
        if rule in OVERSIGHT:
            _pass_on(operation.judge_exemptions([rule]), args, report)
        else:
            _pass_on(operation.judge(_engine.resources_of(args.resources), [rule]), args, report)

    facts: dict[str, Any] = {
        "name": rule.name,
        "description": rule.title,
        "display_name": f"{rule.id} {rule.name}",
        "severity": pulumi_policy.Severity[rule.severity.name],
        "tags": [rule.id],
        "remediation_steps": rule.instead,
        "config_schema": pulumi_policy.PolicyConfigSchema(schema(rule.parameters)) if rule.parameters else None,
    }
    if rule.joins:
        return StackValidationPolicy(validate=judge_stack, **facts)
    return ResourceValidationPolicy(validate=judge_resource, **facts)


def _pass_on(told: Iterable[Told], args: Any, report: ReportViolation) -> None:
    """Hand what the engine is to hear to the SDK, which knows one level for each policy, and advice."""
    advice, reasons, applied = [], [], False
    for one in told:
        applied |= one.outcome is not Outcome.NOT_APPLICABLE
        if one.outcome is Outcome.NOT_APPLICABLE:
            reasons.append(one.message)
        elif one.outcome is Outcome.EXEMPT or (one.outcome is Outcome.UNKNOWN and one.level is Level.ADVISORY):
            advice.append(one.message)
        elif one.level:
            report(one.message, one.urn)
    if advice:
        raise Undecided(advice)
    if not applied:
        args.not_applicable(reasons[0] if reasons else IDLE)


def servicer(pack: Pack) -> type:
    """The SDK's servicer, which also tells the pack what the engine says of the stack, the levels and the parameters.

    It leaves out what no rule looks at. A directory pack finds its stack in the environment; an executable one is told
    by this call alone, and the SDK ignores it.
    """

    class Servicer(pulumi_policy.policy._PolicyAnalyzerServicer):
        def ConfigureStack(self, request: proto.AnalyzerStackConfigureRequest, _context):
            pack.enter(request.stack, request.dry_run)
            return super().ConfigureStack(request, _context)

        def Configure(self, request, _context):
            configure(pack.operation, request, _context)
            return super().Configure(request, _context)

        def Analyze(self, request: proto.AnalyzeRequest, _context):
            return super().Analyze(request, _context) if pack.judges(request.type) else pack.idle

    return Servicer


def serve() -> None:
    """Serve the pack to the engine until it is done."""
    end_with_parent()
    try:
        pack = Pack(Operation.started())
    except ProfileError as error:
        raise SystemExit(str(error)) from None
    pulumi_policy.policy._PolicyAnalyzerServicer = servicer(pack)
    pulumi_policy.PolicyPack(NAME, pack.policies, description=DESCRIPTION)
