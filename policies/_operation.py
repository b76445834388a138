"""One operation of the engine: by what it is judged, and what the engine is told; the same in both packs."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from policies._report import record
from policies._rule import Point, Rule
from policies._verdict import Outcome
from policies._view import ABSENT, Resource, Stack, stack_of
from policies.exemptions import Exemptions, shipped
from policies.findings import NONE, RULES_BY_ID, Finding, ask
from policies.oversight import OVERSIGHT, views
from policies.profiles import Level, Profile, ProfileError, profile_of, unknown_rules
from policies.registry import RULES

NAME = "ml-platform"
VERSION = "0.1.0"
DESCRIPTION = "What the ML platform does not allow."
REDACTED = "[secret]"
SHORTEST = 4
"""Length from which a secret text is looked for in messages: shorter ones are parts of any word."""


@dataclass(frozen=True)
class Told:
    """What the engine is told of a finding.

    Attributes:
        rule: The rule.
        urn: The resource.
        outcome: What counts.
        message: What to say, without secrets.
        level: Level of the diagnostic; None for none.
    """

    rule: Rule
    urn: str
    outcome: Outcome
    message: str
    level: Level | None


class Operation:
    """The rules, their levels and parameters, and the exemptions of one operation."""

    def __init__(self, rules: Iterable[Rule] = RULES, exemptions: Exemptions | None = None) -> None:
        self.rules = (*rules, *OVERSIGHT)
        self._by_name = {rule.name: rule for rule in self.rules}
        self._exemptions = shipped() if exemptions is None else exemptions
        self._changed: dict[str, Level] = {}
        self._demands: dict[str, dict[str, Any]] = {}
        self.enter("", False)

    @classmethod
    def started(cls) -> "Operation":
        """The operation that this process was started for, as far as its environment says.

        Raises:
            ProfileError: The profile that the environment names cannot be used.
        """
        made = cls()
        made.enter(os.environ.get("PULUMI_STACK", ""), os.environ.get("PULUMI_DRY_RUN") == "true")
        return made

    def enter(self, stack: str, preview: bool) -> None:
        """Take the levels that a stack's environment demands."""
        self._stack, self.preview = stack, preview
        profile = profile_of(stack)
        self._levels = {rule.name: profile.level(rule.severity, rule.name) for rule in self.rules}

    def level(self, rule: Rule) -> Level:
        """The level of a rule's findings."""
        return self._changed.get(rule.name) or self._levels[rule.name]

    def configure(self, levels: Mapping[str, Level], parameters: Mapping[str, Mapping[str, Any]]) -> None:
        """Take what the engine has settled on, which a user's `--policy-pack-config` may have changed.

        Raises:
            ProfileError: It names a rule that does not exist, or a parameter that the rule does not have.
        """
        reasons = list(unknown_rules(dict.fromkeys({*levels, *parameters} - {"all"}), self._by_name))
        for name, values in parameters.items():
            known = self._by_name[name].parameters if name in self._by_name else tuple(values)
            for parameter in sorted(set(values) - set(known)):
                reasons.append(f"rule {name!r} has no parameter {parameter!r}; it has {', '.join(known) or 'none'}")
        demands = {name: dict(values) for name, values in parameters.items() if values}
        for name, values in demands.items():
            try:
                _demanding(profile_of(self._stack), values)
            except ValidationError as error:
                reasons += [f"rule {name!r}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        if reasons:
            raise ProfileError("the policy configuration cannot be used: " + "; ".join(reasons))
        self._changed, self._demands = dict(levels), demands

    def judge(self, resources: Collection[Resource], rules: Iterable[Rule]) -> Iterator[Told]:
        """Ask rules of resources: what the engine is told of each finding, which goes into the report as well."""
        resources = [resource for resource in resources if not _excluded(resource)]
        if not resources:
            return
        stack = Stack(stack_of(next(iter(resources)).urn), tuple(resources))
        now = datetime.now(UTC)
        texts: list[str] | None = None
        for rule in rules:
            if (level := self.level(rule)) is Level.DISABLED:
                continue
            for finding in ask(self._demanded(stack, rule), Point.PLAN, [rule], self._exemptions, now, set()):
                message = finding.verdict.message
                if message:
                    texts = secret_texts(resources) if texts is None else texts
                    for text in texts:
                        message = message.replace(text, REDACTED)
                yield self._tell(finding, level, message)

    def judge_exemptions(self, rules: Iterable[Rule]) -> Iterator[Told]:
        """Ask rules of the exemptions; which go unused cannot be told while resources are judged one by one."""
        now, stack = datetime.now(UTC), Stack(self._stack)
        stack = replace(stack, resources=tuple(views(self._exemptions, RULES_BY_ID, stack, now)))
        for rule in rules:
            if (level := self.level(rule)) is not Level.DISABLED:
                for finding in ask(stack, Point.PLAN, [rule], NONE, now, set()):
                    yield self._tell(finding, level, finding.verdict.message)

    def _demanded(self, stack: Stack, rule: Rule) -> Stack:
        values = self._demands.get(rule.name)
        return replace(stack, demands=_demanding(stack.profile, values)) if values else stack

    def _tell(self, finding: Finding, level: Level, message: str) -> Told:
        record(finding, level, self.preview, message, len(self.rules))
        rule, outcome, exemption = finding.rule, finding.outcome, finding.exemption
        if outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE):
            return Told(rule, finding.resource.urn, outcome, message, None)
        text = f"{rule.id}: {message}."
        if outcome is Outcome.FAIL:
            text = f"{text} {rule.instead}"
        elif exemption:
            text = f"{text} Exempt: {exemption.id} of {exemption.approver} until {exemption.expires}."
        # Whatever is undecided at a preview is decided once the update is done.
        advice = exemption or (outcome is Outcome.UNKNOWN and self.preview)
        return Told(rule, finding.resource.urn, outcome, text, Level.ADVISORY if advice else level)


def secret_texts(resources: Iterable[Resource]) -> list[str]:
    """Every text that is a secret of some resource, the longest first."""
    found: set[str] = set()
    for resource in resources:
        for path in resource.secrets or ():
            value = resource.get(path) if path else ABSENT
            # A name that holds a dot has no path of its own: all that lies beside it is taken for secret.
            found.update(_texts(dict(resource.properties) if value is ABSENT else value))
    return sorted((text for text in found if len(text) >= SHORTEST), key=len, reverse=True)


def _excluded(resource: Resource) -> bool:
    """Whether `--target` or `--exclude` leaves a new object of Kubernetes out of the operation.

    The engine hands these to analyzers without inputs (`stepGenerator.continueStepsFromImport` in
    pkg/resource/deploy/step_generator.go of pulumi/pulumi). An object that is made has at least its `kind`.
    """
    return resource.type.startswith("kubernetes:") and not resource.properties


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _demanding(profile: Profile, values: Mapping[str, Any]) -> Profile:
    return Profile.model_validate({**profile.model_dump(), **values})
