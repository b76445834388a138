"""Exemptions: failures that somebody answers for, until a date."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from policies._rule import Rule
from policies._verdict import Outcome, Verdict
from policies._view import Resource
from policies.profiles import Profile, Severity

GOVERNED_DAYS = 30
"""How long an exemption from a critical rule on AI may last, whatever a profile allows."""
VARIABLE = "MLP_POLICY_EXEMPTIONS"
"""Names a file of exemptions that is used instead of `exemptions.yaml` here."""


def _day(value: Any) -> Any:
    """YAML reads a time of day too; a day is all there is to choose."""
    if isinstance(value, str) or type(value) is date:
        return value
    raise ValueError("must be a day as YYYY-MM-DD")


_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
_Day = Annotated[date, BeforeValidator(_day)]


class Exemption(BaseModel):
    """One failure that is accepted for a while.

    Attributes:
        id: Its own name, for example `EX-12`.
        rule: Id of the rule.
        selector: Which resources: a glob over URN, ARN or `kind/namespace/name`.
        labels: Labels or tags that these resources have besides, if any.
        finding: Key of the finding within the resource, empty for all.
        reason: Why it is accepted.
        approver: Who answers for it.
        ticket: Where it was decided.
        created: Its first day.
        expires: Its last day, in UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    id: _Text
    rule: _Text
    selector: _Text
    labels: dict[str, str] = Field(default_factory=dict)
    finding: str = ""
    reason: Annotated[_Text, StringConstraints(min_length=10)]
    approver: _Text
    ticket: _Text
    created: _Day
    expires: _Day

    @model_validator(mode="after")
    def _sensible(self) -> "Exemption":
        if not re.search(r"[^*?:/.\s]", self.selector):
            raise ValueError("selector matches everything, must name what is exempt")
        if self.expires < self.created:
            raise ValueError("expires is before created")
        return self

    @property
    def begin(self) -> datetime:
        """The instant from which it holds."""
        return datetime.combine(self.created, time(), UTC)

    @property
    def end(self) -> datetime:
        """The instant from which it no longer holds: the midnight, in UTC, after its last day."""
        return datetime.combine(self.expires, time(), UTC) + timedelta(days=1)

    def in_force(self, now: datetime) -> bool:
        """Whether it holds at an instant. Nothing else decides that, at any point."""
        return self.begin <= now < self.end

    def selects(self, resource: Resource) -> bool:
        """Whether a resource is one of those that it is about."""
        return any(fnmatchcase(name, self.selector) for name in names_of(resource)) and (
            self.labels.items() <= _labels(resource).items() if self.labels else True
        )


def _too_long(exemption: Exemption, rule: Rule, profile: Profile) -> str:
    longest, severity = profile.exemption_days.of(rule.severity), rule.severity.name.lower()
    days = (exemption.end - exemption.begin).days
    return f"it lasts {days} days, at most {longest} for {severity} rules" if days > longest else ""


def ungoverned(exemption: Exemption, rule: Rule, profile: Profile) -> str:
    """Why an exemption from a critical rule on AI is none (AIG-13); empty if it is one, or from another rule."""
    if not rule.id.startswith("AIG-") or rule.severity is not Severity.CRITICAL:
        return ""
    if exemption.approver not in profile.governance_approvers:
        return "its approver is not one of `governance_approvers` of the profile"
    days = (exemption.end - exemption.begin).days
    return f"it lasts {days} days, at most {GOVERNED_DAYS} for critical rules on AI" if days > GOVERNED_DAYS else ""


DEMANDS: tuple[Callable[[Exemption, Rule, Profile], str], ...] = (_too_long, ungoverned)
"""What an exemption has to satisfy besides its form; each gives the reason why one does not hold, or nothing."""


def names_of(resource: Resource) -> list[str]:
    """What a selector may call a resource: its URN, its ARN, and in a cluster `kind/namespace/name`."""
    names = [resource.urn]
    if isinstance(arn := resource.get("arn"), str):
        names.append(arn)
    if resource.type.startswith("kubernetes:"):
        parts = (resource.get("kind"), resource.get("metadata.namespace"), resource.get("metadata.name"))
        names.append("/".join(part if isinstance(part, str) else "" for part in parts))
    return names


def _labels(resource: Resource) -> Mapping[str, Any]:
    found = (resource.get(path) for path in ("metadata.labels", "tagsAll", "tags"))
    return {key: value for one in found if isinstance(one, dict) for key, value in one.items()}


@dataclass(frozen=True)
class Entry:
    """One entry of a file of exemptions, well formed or not.

    Attributes:
        id: What it is called, or where it stands.
        source: File and line.
        exemption: What it says, if it is well formed.
        faults: Why it is not.
    """

    id: str
    source: tuple[str, int]
    exemption: Exemption | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exemptions:
    """The entries of a file."""

    entries: tuple[Entry, ...] = ()
    _by_rule: dict[str, list[Exemption]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            if entry.exemption and not entry.faults:
                self._by_rule.setdefault(entry.exemption.rule, []).append(entry.exemption)

    @property
    def well_formed(self) -> tuple[Exemption, ...]:
        """Those that say what they have to, whether they hold or not."""
        return tuple(entry.exemption for entry in self.entries if entry.exemption and not entry.faults)

    def covering(
        self, rule: Rule, resource: Resource, verdict: Verdict, profile: Profile, now: datetime
    ) -> tuple[Exemption, ...]:
        """The exemptions that together answer for everything that is wrong with a resource; none if they do not."""
        if verdict.outcome is not Outcome.FAIL or not (offered := self._by_rule.get(rule.id)):
            return ()
        held = [
            one
            for one in offered
            if one.in_force(now) and not any(demand(one, rule, profile) for demand in DEMANDS) and one.selects(resource)
        ]
        used: list[Exemption] = []
        for finding in verdict.findings or ("",):
            answer = next((one for one in held if not one.finding or fnmatchcase(finding, one.finding)), None)
            if answer is None:
                return ()
            used.append(answer)
        return tuple({one.id: one for one in used}.values())


def load(file: Path) -> Exemptions:
    """The exemptions in a file. What is malformed is kept as such: it is a finding, and exempts nothing."""
    try:
        text = file.read_text()
        found, tree = yaml.safe_load(text), yaml.compose(text, yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        line = error.problem_mark.line + 1 if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark else 1
        return Exemptions((Entry(file.name, (str(file), line), faults=("it cannot be read as YAML",)),))
    if found is None:
        return Exemptions()
    if not isinstance(found, list) or not isinstance(tree, yaml.SequenceNode):
        return Exemptions((Entry(file.name, (str(file), 1), faults=("it must be a list of exemptions",)),))
    lines = [node.start_mark.line + 1 for node in tree.value]
    return Exemptions(
        tuple(_distinct(_entry(item, (str(file), line)) for item, line in zip(found, lines, strict=True)))
    )


def shipped() -> Exemptions:
    """The exemptions that are in use: those of the file that `MLP_POLICY_EXEMPTIONS` names, or those here."""
    return _kept(os.environ.get(VARIABLE) or str(Path(__file__).with_name("exemptions.yaml")))


@cache
def _kept(file: str) -> Exemptions:
    return load(Path(file))


def _entry(item: Any, source: tuple[str, int]) -> Entry:
    name = item.get("id") if isinstance(item, dict) else None
    called = str(name)[:80] if isinstance(name, (str, int)) else f"line {source[1]}"
    try:
        return Entry(called, source, Exemption.model_validate(item))
    except (ValidationError, RecursionError) as error:
        return Entry(called, source, faults=tuple(_faults(error)))


def _faults(error: ValidationError | RecursionError) -> Iterator[str]:
    for one in error.errors(include_input=False) if isinstance(error, ValidationError) else ():
        field, reason = ".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")
        yield f"{field}: {reason}" if field else reason
    if isinstance(error, RecursionError):
        yield "it is nested too deeply"


def _distinct(entries: Iterator[Entry]) -> Iterator[Entry]:
    seen: set[str] = set()
    for entry in entries:
        yield entry if entry.id not in seen else Entry(entry.id, entry.source, faults=("another one has this id",))
        seen.add(entry.id)
