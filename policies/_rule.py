"""What a rule is, and what it can say of a resource."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from policies._controls import Control
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity


class Outcome(StrEnum):
    """What is known of a resource under a rule.

    `UNKNOWN` is no pass: it is decided once the values are there. `ERROR` is a defect of the rule, not of the resource.
    """

    PASS = "PASS"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN = "UNKNOWN"
    FAIL = "FAIL"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Verdict:
    """An outcome and, unless it is a pass, the reason.

    The reason names properties and never quotes text from them: any text may be a secret.
    """

    outcome: Outcome
    message: str = ""


PASS = Verdict(Outcome.PASS)
Check = Callable[[Resource, Stack], Verdict]


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
        joins: Whether it has to see the other resources of the stack.
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
    joins: bool = False

    def covers(self, resource_type: str) -> bool:
        """Whether the rule judges resources of this type."""
        return any(
            resource_type.startswith(token[:-1]) if token.endswith("*") else resource_type == token
            for token in self.types
        )

    def judge(self, resource: Resource, stack: Stack) -> Verdict:
        """The verdict on a resource; a check that raises is reported and stops nothing."""
        try:
            return self.check(resource, stack)
        except Exception as error:
            # Not the exception's text: it may quote a value.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            message = f"rule {self.id} is defective: {type(error).__name__} at {where}"
            return Verdict(Outcome.ERROR, message)


def fail(message: str) -> Verdict:
    """The rule is broken."""
    return Verdict(Outcome.FAIL, message)


def unknown(what: str) -> Verdict:
    """`what`, a noun phrase, is not known yet."""
    return Verdict(Outcome.UNKNOWN, f"{what} is not known before the update")


def not_applicable(message: str) -> Verdict:
    """The rule has nothing to say about this resource."""
    return Verdict(Outcome.NOT_APPLICABLE, message)


def at(resource: Resource, path: str) -> str:
    """How messages name a property."""
    return f"`{path}` of {resource.name}"


def require(resource: Resource, path: str, accept: Callable[[Any], bool], wanted: str) -> Verdict:
    """Demand that a value is set and accepted; `wanted` completes "must be ...".

    Messages show numbers and booleans, no text.
    """
    value = resource.get(path)
    if value is UNKNOWN:
        return unknown(at(resource, path))
    if value is not ABSENT and accept(value):
        return PASS
    if value is ABSENT:
        found = "not set"
    elif isinstance(value, bool):
        found = str(value).lower()
    else:
        found = f"{value:g}" if isinstance(value, (int, float)) else "something else"
    return fail(f"{at(resource, path)} is {found}, must be {wanted}")


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdicts of several demands on one resource as one: the worst outcome, with all its reasons."""
    found = list(verdicts)
    outcome = max((verdict.outcome for verdict in found), key=list(Outcome).index, default=Outcome.PASS)
    reasons = dict.fromkeys(verdict.message for verdict in found if verdict.outcome is outcome)
    return Verdict(outcome, "; ".join(filter(None, reasons)))
