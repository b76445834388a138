"""What a bundle is made of, before it has any form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from policies._verdict import Outcome
from policies._view import Resource
from policies.ai._approvals import CONFIG_MAP, FACTS, NAME, NAMESPACE
from policies.evidence.controls import Assessment, RuleResult, assess, results
from policies.evidence.frameworks import Framework, frameworks
from policies.output import Audit

LIMITS = (
    "A rule supports a control; none satisfies one. People, procedures and contracts are not observed.",
    "Settings are read, not effects: that backups restore, alarms arrive or encryption is performed is not tested.",
    "It is the state of one instant; what was between two bundles is not known.",
    "Mappings to the EU AI Act, NIST AI RMF and ISO/IEC 42001 are our own judgement.",
)


@dataclass(frozen=True)
class Change:
    """The last change of something that governs the platform.

    Attributes:
        what: What was changed.
        commit: Its commit.
        author: Who wrote it.
        committer: Who let it in.
        when: When it came in.
        subject: What it says of itself.
    """

    what: str
    commit: str
    author: str
    committer: str
    when: str
    subject: str


@dataclass(frozen=True)
class Approval:
    """Who let a model in.

    Attributes:
        id: Its own name.
        facts: Fact to value: model, version, digest, author, approvers, expires.
    """

    id: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """What was observed, and who answers for what.

    Attributes:
        audit: Every verdict.
        made: When.
        changes: Who let the last changes in.
        approvals: Who let which model in.
        previous: The bundle before, if any.
    """

    audit: Audit
    made: datetime
    changes: tuple[Change, ...] = ()
    approvals: tuple[Approval, ...] = ()
    previous: str = ""

    @cached_property
    def results(self) -> tuple[RuleResult, ...]:
        """What each rule found."""
        return results(self.audit.findings)

    @cached_property
    def assessments(self) -> tuple[tuple[Framework, tuple[Assessment, ...]], ...]:
        """Each framework, control by control."""
        profile = self.audit.profile
        return tuple((framework, assess(framework, self.results, profile)) for framework in frameworks())

    @property
    def name(self) -> str:
        """Name of the bundle; it ends with the instant."""
        return f"{self.audit.profile.environment}-{self.made:%Y%m%dT%H%M%SZ}"

    @property
    def open_points(self) -> tuple[str, ...]:
        """What the evidence does not establish."""
        return tuple(_open_points(self))


def approvals(resources: Iterable[Resource]) -> tuple[Approval, ...]:
    """The approvals that are recorded in the cluster."""
    found: dict[str, dict[str, str]] = {}
    for resource in resources:
        named = (resource.get("metadata.namespace"), resource.get("metadata.name"))
        data = resource.get("data") if resource.type == CONFIG_MAP and named == (NAMESPACE, NAME) else None
        for key, value in data.items() if isinstance(data, dict) else ():
            id_, _, fact = key.rpartition(".")
            if id_ and fact in FACTS and isinstance(value, str):
                found.setdefault(id_, {})[fact] = value
    return tuple(Approval(id_, facts) for id_, facts in sorted(found.items()))


def _open_points(record: Record) -> Iterator[str]:
    audit = record.audit
    yield from LIMITS
    yield from (f"Not read: {gap}." for gap in audit.gaps)
    if unknown := audit.counts[Outcome.UNKNOWN]:
        yield f"{unknown} verdicts are open, because a value is not known."
    if lacking := audit.counts[Outcome.NOT_EMULATED]:
        yield f"{lacking} verdicts are missing, because the account is emulated and the sandbox lacks what they judge."
    if defective := audit.counts[Outcome.ERROR]:
        yield f"{defective} verdicts are missing, because a rule is defective."
    if silent := [result.rule.id for result in record.results if not result.asked]:
        yield f"These rules found nothing to judge in what was read: {', '.join(silent)}."
    yield from (f"{one.name}: {one.scope}" for one, _ in record.assessments)
