"""Answers the engine: one decoding and one index of rules for every resource, whatever the number of rules."""

from collections.abc import Iterable
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime import proto

from policies._decode import resource_of, resources_of
from policies._operation import NAME, VERSION, Operation, Told
from policies._rule import Rule
from policies._verdict import Outcome
from policies.analyzer.info import analyzer_info, diagnostic, not_applicable
from policies.oversight import OVERSIGHT
from policies.profiles import Level, ProfileError

IDLE = "it judges nothing of this type"
UNREADABLE = "unreadable-resource"
UNREAD: Any = object()
"""Stands for a request that the wire format itself cannot hold."""
_OF_ENGINE = {
    proto.ADVISORY: Level.ADVISORY,
    proto.MANDATORY: Level.MANDATORY,
    proto.DISABLED: Level.DISABLED,
    # No rule changes a resource: what is to be remedied stops the change instead.
    proto.REMEDIATE: Level.MANDATORY,
}


class Servicer(proto.AnalyzerServicer):
    """One analyzer for one operation of the engine."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._alone = [rule for rule in operation.rules if not rule.joins]
        self._joined = [rule for rule in operation.rules if rule.joins and rule not in OVERSIGHT]
        self._of_type: dict[str, list[Rule]] = {}
        self._inputs: dict[str, Any] = {}
        idle = proto.RemediateResponse()
        idle.not_applicable.extend(not_applicable(rule, "it changes no resource") for rule in self._alone)
        self._idle = idle

    def Handshake(self, request: proto.AnalyzerHandshakeRequest, context: Any) -> proto.AnalyzerHandshakeResponse:
        """Agree: nothing is asked of the engine."""
        return proto.AnalyzerHandshakeResponse()

    def ConfigureStack(self, request: proto.AnalyzerStackConfigureRequest, context: Any):
        """Take the stack, whose environment decides levels, and whether this is a preview."""
        self._operation.enter(request.stack, request.dry_run)
        return proto.AnalyzerStackConfigureResponse()

    def GetAnalyzerInfo(self, request: Any, context: Any) -> proto.AnalyzerInfo:
        """Tell the rules and their levels."""
        return analyzer_info(self._operation)

    def GetPluginInfo(self, request: Any, context: Any) -> proto.PluginInfo:
        """Tell the version."""
        return proto.PluginInfo(version=VERSION)

    def Configure(self, request: proto.ConfigureAnalyzerRequest, context: Any) -> empty_pb2.Empty:
        """Take the levels and parameters that the engine has settled on; refuse what no rule has."""
        configure(self._operation, request, context)
        return empty_pb2.Empty()

    def Analyze(self, request: proto.AnalyzeRequest, context: Any) -> proto.AnalyzeResponse:
        """Judge a resource before it is made."""
        if request is UNREAD:
            return _unreadable("a resource")
        self._inputs[request.urn] = request.properties
        if request.type not in self._of_type:
            self._of_type[request.type] = [rule for rule in self._alone if rule.covers(request.type)]
        rules = self._of_type[request.type]
        told = self._operation.judge([resource_of(request)], rules) if rules else ()
        return _response(self._alone, told)

    def AnalyzeStack(self, request: proto.AnalyzeStackRequest, context: Any) -> proto.AnalyzeResponse:
        """Judge the resources of a stack together, at the end of an operation; then the exemptions."""
        if request is UNREAD:
            return _unreadable("the stack")
        types = {resource.type for resource in request.resources}
        rules = [rule for rule in self._joined if any(map(rule.covers, types))]
        of_resources = self._operation.judge(resources_of(request.resources, self._inputs) if rules else (), rules)
        of_exemptions = self._operation.judge_exemptions(OVERSIGHT)
        return _response((*self._joined, *OVERSIGHT), (*of_resources, *of_exemptions))

    def Remediate(self, request: Any, context: Any) -> proto.RemediateResponse:
        """Change nothing: a rule says what is wrong, and the program is the one place to put it right."""
        return self._idle


def configure(operation: Operation, request: proto.ConfigureAnalyzerRequest, context: Any) -> None:
    """Configure an operation, or end the call with the reason why it cannot be."""
    settings = request.policyConfig.items()
    try:
        operation.configure(
            {name: _OF_ENGINE[config.enforcementLevel] for name, config in settings},
            {name: dict(config.properties) for name, config in settings},
        )
    except ProfileError as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))


def _response(rules: Iterable[Rule], told: Iterable[Told]) -> proto.AnalyzeResponse:
    """The diagnostics, and the rules that had nothing to judge: the engine counts all others as passed."""
    diagnostics, reasons, applied = [], dict[str, str](), set[str]()
    for one in told:
        if one.level:
            diagnostics.append(diagnostic(one))
        if one.outcome is Outcome.NOT_APPLICABLE:
            reasons.setdefault(one.rule.name, one.message)
        else:
            applied.add(one.rule.name)
    idle = (rule for rule in rules if rule.name not in applied)
    skipped = [not_applicable(rule, reasons.get(rule.name, IDLE)) for rule in idle]
    return proto.AnalyzeResponse(diagnostics=diagnostics, not_applicable=skipped)


def _unreadable(what: str) -> proto.AnalyzeResponse:
    """The answer to `UNREAD`: no rule has judged it, so it may not pass."""
    message = f"{what} is nested too deeply to be read; no rule has judged it."
    told = proto.AnalyzeDiagnostic(
        policyName=UNREADABLE,
        policyPackName=NAME,
        policyPackVersion=VERSION,
        description="Every resource can be read.",
        message=message,
        enforcementLevel=proto.MANDATORY,
        severity=proto.POLICY_SEVERITY_HIGH,
    )
    return proto.AnalyzeResponse(diagnostics=[told])
