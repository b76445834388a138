"""Exemptions: failures that somebody answers for, until a date."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class Exemption(BaseModel):
    """One failure that is accepted for a while.

    Attributes:
        id: Its own name, for example `EX-12`.
        rule: Id of the rule.
        selector: Which resources: a glob over URN, ARN or `kind/namespace/name`.
        finding: Key of the finding within the resource, empty for all.
        reason: Why it is accepted.
        approver: Who answers for it.
        ticket: Where it was decided.
        created: Its first day.
        expires: Its last day, in UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    rule: str
    selector: str
    finding: str = ""
    reason: str
    approver: str
    ticket: str
    created: date
    expires: date
