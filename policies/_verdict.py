"""What a rule can say of a resource."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from policies._view import ABSENT, UNKNOWN, Resource


class Outcome(StrEnum):
    """What is known of a resource under a rule, from best to worst.

    `UNKNOWN` is no pass: it is decided once the values are there. `ERROR` is a defect of the rule, not of the resource.
    `EXEMPT` is a failure that somebody answers for until a date; no check says so, only whoever reads the exemptions.
    `NOT_EMULATED` is what stays unknown in an emulated account, because the emulation lacks it.
    """

    PASS = "PASS"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    EXEMPT = "EXEMPT"
    NOT_EMULATED = "NOT_EMULATED"
    UNKNOWN = "UNKNOWN"
    FAIL = "FAIL"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Verdict:
    """An outcome and, unless it is a pass, the reason.

    The reason names properties and never quotes text from them: any text may be a secret.

    Attributes:
        outcome: What is known.
        message: The reason, without a full stop.
        findings: Stable keys of what is wrong within the resource, such as property paths; an exemption may name one.
    """

    outcome: Outcome
    message: str = ""
    findings: tuple[str, ...] = ()


PASS = Verdict(Outcome.PASS)


def fail(message: str, finding: str = "") -> Verdict:
    """The rule is broken; `finding` is the key of what breaks it, by default none."""
    return Verdict(Outcome.FAIL, message, (finding,) if finding else ())


def unknown(what: str) -> Verdict:
    """`what`, a noun phrase, is not known: before an update not yet, in an account because it may not be read."""
    return Verdict(Outcome.UNKNOWN, f"{what} is not known")


def not_emulated(verdict: Verdict) -> Verdict:
    """The same of an emulated account, where nothing but the emulation hides a value."""
    if verdict.outcome is not Outcome.UNKNOWN:
        return verdict
    return Verdict(Outcome.NOT_EMULATED, verdict.message.replace(" is not known", " is not emulated"))


def not_applicable(message: str) -> Verdict:
    """The rule has nothing to say about this resource."""
    return Verdict(Outcome.NOT_APPLICABLE, message)


def at(resource: Resource, path: str) -> str:
    """How messages name a property."""
    return f"`{path}` of {resource.name}"


def require(resource: Resource, path: str, accept: Callable[[Any], bool], wanted: str) -> Verdict:
    """Demand that a value is set and accepted; `wanted` completes "must be ...".

    A value of the wrong type, which `accept` cannot compare, is not accepted. Messages show numbers and booleans, no
    text.
    """
    value = resource.get(path)
    if value is UNKNOWN:
        return unknown(at(resource, path))
    if value is not ABSENT and _accepted(accept, value):
        return PASS
    if value is ABSENT:
        found = "not set"
    elif isinstance(value, bool):
        found = str(value).lower()
    else:
        found = f"{value:g}" if isinstance(value, (int, float)) else "something else"
    return fail(f"{at(resource, path)} is {found}, must be {wanted}", path)


def require_if_set(resource: Resource, path: str, accept: Callable[[Any], bool], wanted: str) -> Verdict:
    """As `require`, of what is as wanted while nobody sets it."""
    return PASS if resource.get(path) is ABSENT else require(resource, path, accept, wanted)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdicts of several demands on one resource as one: the worst outcome, with all its reasons."""
    found = list(verdicts)
    outcome = max((verdict.outcome for verdict in found), key=list(Outcome).index, default=Outcome.PASS)
    worst_ones = [verdict for verdict in found if verdict.outcome is outcome]
    reasons = dict.fromkeys(verdict.message for verdict in worst_ones)
    findings = dict.fromkeys(finding for verdict in worst_ones for finding in verdict.findings)
    return Verdict(outcome, "; ".join(filter(None, reasons)), tuple(findings))


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdicts on several resources of which one is enough: the first of the best outcome."""
    return min(verdicts, key=lambda verdict: list(Outcome).index(verdict.outcome))


def _accepted(accept: Callable[[Any], bool], value: Any) -> bool:
    try:
        return accept(value)
    except (TypeError, ValueError, AttributeError, KeyError, IndexError):
        return False
