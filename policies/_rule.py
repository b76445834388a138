"""What a rule is: a pure check, and beside it everything that is said of it anywhere."""

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from policies._controls import Control
from policies._verdict import Outcome, Verdict
from policies._view import Resource, Stack
from policies.profiles import Profile, Severity

Check = Callable[[Resource, Stack], Verdict]


class Point(StrEnum):
    """Where a rule is asked: of what is about to be, of an exported state, of what is, of what enters a cluster."""

    PLAN = "plan"
    STATE = "state"
    LIVE = "live"
    ADMISSION = "admission"


class Target(StrEnum):
    """What of a cluster an admission policy looks at; `policies.admission.targets` says which resources that is."""

    WORKLOADS = "workloads"
    NAMESPACES = "namespaces"
    SERVICE_ACCOUNTS = "service-accounts"
    ROLES = "roles"
    BINDINGS = "bindings"
    ENTRANCES = "entrances"
    NODE_POOLS = "node-pools"
    NODE_CLASSES = "node-classes"
    STORAGE_CLASSES = "storage-classes"


@dataclass(frozen=True)
class Admission:
    """The check once more, for the API server.

    Attributes:
        target: What it looks at.
        expressions: CEL that is true of what complies, each with the message for what does not. `object` and the
            variables of `policies.admission.targets` are there; `{name}` stands for a field of the profile as a
            CEL literal.
    """

    target: Target
    expressions: Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """One thing that must not be.

    Attributes:
        id: Stable short id, for example `S3-01`.
        name: The bad thing it finds, in kebab case; the policy's name in the pack and the rule's file name.
        title: What must hold, as a sentence.
        why: What goes wrong otherwise.
        instead: What to do about a finding.
        severity: How bad a finding is; the profile of the environment turns it into an enforcement level.
        types: Type tokens it judges; one that ends in `*` stands for all that begin like it.
        controls: What it supports in which framework.
        check: Judges one resource; pure. Without `joins` its stack holds that resource alone.
        good: Pulumi program that complies in every environment; shown as the remedy and run as a test.
        bad: One that does not comply in prod; run as a test.
        joins: Whether it has to see the other resources of the stack.
        parameters: Fields of the profile that the check reads.
        admission: How the API server judges the same, where it can; one for each target.
        absent: Points where the rule cannot be asked, and why.
        demanded: Number of a control to whether a profile demands what it asks for; elsewhere the rule does not support
            it. Default: every profile demands it.
    """

    id: str
    name: str
    title: str
    why: str
    instead: str
    severity: Severity
    types: tuple[str, ...]
    controls: tuple[Control, ...]
    check: Check
    good: str
    bad: str
    joins: bool = False
    parameters: tuple[str, ...] = ()
    admission: Admission | tuple[Admission, ...] | None = None
    absent: Mapping[Point, str] = field(default_factory=dict)
    demanded: Mapping[str, Callable[[Profile], bool]] = field(default_factory=dict)

    def supported(self, profile: Profile) -> tuple[Control, ...]:
        """The controls that it supports in an environment."""
        return tuple(one for one in self.controls if self.demanded.get(one.control, lambda _: True)(profile))

    @property
    def points(self) -> tuple[Point, ...]:
        """Where the rule is asked."""
        return tuple(point for point in Point if point not in self.missing)

    @property
    def missing(self) -> Mapping[Point, str]:
        """Where it is not, and why: what is not of Kubernetes passes no admission."""
        if self.admission or Point.ADMISSION in self.absent:
            return self.absent
        return {**self.absent, Point.ADMISSION: "AWS resources do not pass through the API server of a cluster"}

    @property
    def admissions(self) -> tuple[Admission, ...]:
        """What the API server judges, target by target."""
        if isinstance(self.admission, Admission):
            return (self.admission,)
        return self.admission or ()

    def covers(self, resource_type: str) -> bool:
        """Whether the rule judges resources of this type."""
        return any(
            resource_type.startswith(token[:-1]) if token.endswith("*") else resource_type == token
            for token in self.types
        )

    def judge(self, resource: Resource, stack: Stack) -> Verdict:
        """The verdict on a resource; a check that raises is reported and stops nothing."""
        if resource.unread:
            return Verdict(Outcome.UNKNOWN, resource.unread)
        try:
            return self.check(resource, stack)
        except Exception as error:
            # Not the exception's text: it may quote a value.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            message = f"rule {self.id} is defective: {type(error).__name__} at {where}"
            return Verdict(Outcome.ERROR, message)
