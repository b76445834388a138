"""The rules as a policy pack of the engine."""

import os
import threading
import time
from collections.abc import Iterable
from typing import Any

import pulumi_policy
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, Policy, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy.policy import ReportViolation
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies import _engine
from policies._report import record
from policies._rule import Rule
from policies._verdict import Outcome
from policies._view import Stack
from policies.profiles import profile_of
from policies.registry import RULES

NAME = "ml-platform"


class Undecided(UnknownValueError):
    """Makes the SDK give an advice instead of a violation, whatever the policy's level."""

    def __init__(self, messages: Iterable[str]) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, [])
        self.message = "; ".join(dict.fromkeys(messages))


class Pack:
    """The rules as policies, and the stack they run for."""

    def __init__(self, stack: str, preview: bool, rules: Iterable[Rule] = RULES) -> None:
        self._by_name = {rule.name: (rule, self._policy(rule)) for rule in rules}
        self._levels: dict[str, str] = {}
        self.enter(stack, preview)

    @property
    def policies(self) -> list[Policy]:
        """The policies, in the order of the rules."""
        return [policy for _, policy in self._by_name.values()]

    def judges(self, resource_type: str) -> bool:
        """Whether a rule that looks at single resources covers this type."""
        return any(rule.covers(resource_type) for rule, _ in self._by_name.values() if not rule.joins)

    def joins(self, resource_type: str) -> bool:
        """Whether a rule that looks at the whole stack may look at this type: its own services, and keys."""
        rules = [rule for rule, _ in self._by_name.values() if rule.joins]
        services = {token.partition("/")[0] for rule in rules for token in rule.types}
        return resource_type.partition("/")[0] in services | {"aws:kms"}

    def enter(self, stack: str, preview: bool) -> None:
        """Take the levels that a stack's environment demands."""
        self._preview = preview
        profile = profile_of(stack)
        for name, (rule, policy) in self._by_name.items():
            policy.enforcement_level = EnforcementLevel(profile.level(rule.severity))
            self._levels[name] = policy.enforcement_level.value

    def override(self, levels: Iterable[tuple[str, str]]) -> None:
        """Take the levels that the engine has settled on, which a user's `--policy-pack-config` may have changed."""
        self._levels.update(levels)

    def _policy(self, rule: Rule) -> Policy:
        def judge_resource(args: pulumi_policy.ResourceValidationArgs, report: ReportViolation) -> None:
            if rule.covers(args.resource_type):
                self._judge(rule, _engine.resource_stack(args), report)

        def judge_stack(args: pulumi_policy.StackValidationArgs, report: ReportViolation) -> None:
            self._judge(rule, _engine.whole_stack(args.resources), report)

        facts: dict[str, Any] = {
            "name": rule.name,
            "description": rule.title,
            "display_name": f"{rule.id} {rule.name}",
            "severity": pulumi_policy.Severity[rule.severity.name],
            "tags": [rule.id],
            "remediation_steps": rule.instead,
        }
        if rule.joins:
            return StackValidationPolicy(validate=judge_stack, **facts)
        return ResourceValidationPolicy(validate=judge_resource, **facts)

    def _judge(self, rule: Rule, stack: Stack, report: ReportViolation) -> None:
        undecided = []
        for resource in stack.resources:
            if not rule.covers(resource.type):
                continue
            verdict = rule.judge(resource, stack)
            record(rule, resource.urn, verdict, self._levels[rule.name], self._preview)
            # Nothing may stay undecided once the update is done.
            if verdict.outcome is Outcome.UNKNOWN and self._preview:
                undecided.append(verdict.message)
            elif verdict.outcome in (Outcome.FAIL, Outcome.ERROR, Outcome.UNKNOWN):
                report(f"{rule.id}: {verdict.message}. {_instead(rule, verdict.outcome)}".strip(), resource.urn)
        if undecided:
            raise Undecided(undecided)


def _instead(rule: Rule, outcome: Outcome) -> str:
    return rule.instead if outcome is Outcome.FAIL else ""


def servicer(pack: Pack) -> type:
    """The SDK's servicer, which also tells the pack what the engine says of the stack and the levels.

    It leaves out what no rule looks at, as the SDK decodes every resource once for every policy. A directory pack
    finds its stack in the environment; an executable one is told by this call alone, and the SDK ignores it.
    """

    class Servicer(pulumi_policy.policy._PolicyAnalyzerServicer):
        def ConfigureStack(self, request: proto.AnalyzerStackConfigureRequest, _context):
            pack.enter(request.stack, request.dry_run)
            return super().ConfigureStack(request, _context)

        def Configure(self, request, _context):
            levels = {name: config.enforcementLevel for name, config in request.policyConfig.items()}
            pack.override((name, proto.EnforcementLevel.Name(level).lower()) for name, level in levels.items())
            return super().Configure(request, _context)

        def Analyze(self, request: proto.AnalyzeRequest, _context):
            return super().Analyze(request, _context) if pack.judges(request.type) else proto.AnalyzeResponse()

        def AnalyzeStack(self, request: proto.AnalyzeStackRequest, _context):
            joined = [resource for resource in request.resources if pack.joins(resource.type)]
            return super().AnalyzeStack(proto.AnalyzeStackRequest(resources=joined), _context)

    return Servicer


def serve() -> None:
    """Serve the pack to the engine until it is done."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    environment = os.environ
    pack = Pack(environment.get("PULUMI_STACK", ""), environment.get("PULUMI_DRY_RUN") == "true")
    pulumi_policy.policy._PolicyAnalyzerServicer = servicer(pack)
    pulumi_policy.PolicyPack(NAME, pack.policies, description="What the ML platform does not allow.")


def _end_with(parent: int) -> None:
    """End this process once its parent is gone: the SDK would serve an engine that was killed for ever."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)
