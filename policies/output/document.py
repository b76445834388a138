"""The audit as JSON; `docs/audit.schema.json` is its schema."""

import json
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from policies._rule import Point
from policies._verdict import Outcome
from policies.exemptions import Exemption
from policies.findings import Finding
from policies.output import _text as text
from policies.output._audit import Audit
from policies.profiles import Level

VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Verdict(_Part):
    """One rule's verdict on one resource."""

    rule: str = Field(description="Stable id of the rule.")
    name: str = Field(description="Name of the rule.")
    severity: str = Field(description="low, medium, high or critical.")
    level: Level = Field(description="Whether a failure is refused.")
    outcome: Outcome = Field(description="The outcome that counts.")
    judged: Outcome = Field(description="The rule's own outcome, of an exempt resource too.")
    message: str = Field(description="The reason; it names properties and quotes no text from them.")
    findings: list[str] = Field(description="Keys of what is wrong within the resource.")
    type: str = Field(description="Type token of the resource.")
    resource: str = Field(description="URN, ARN, or kind/namespace/name.")
    point: Point = Field(description="Where the rule was asked.")
    file: str | None = Field(description="Where the resource is written, relative to the repository.")
    line: int | None = Field(description="The line in that file.")
    exemption: Exemption | None = Field(description="Who answers for the failure.")


class Rules(_Part):
    """What the rules covered."""

    judged: int = Field(description="Number of rules that judged a resource.")
    total: int = Field(description="Number of all rules.")
    others: dict[str, int] = Field(description="Why the others judged nothing, to their number.")


class Document(_Part):
    """What an audit found."""

    version: int = Field(description="Of this form; it changes where a reader would break.")
    environment: str = Field(description="Whose profile was applied.")
    sources: list[str] = Field(description="What was read.")
    code: int = Field(description="The exit code.")
    counts: dict[Outcome, int] = Field(description="Outcome to number of verdicts.")
    refused: int = Field(description="Number of mandatory failures.")
    rules: Rules = Field(description="How many of the rules judged something, and why the others did not.")
    gaps: list[str] = Field(description="What could not be read or judged.")
    verdicts: list[Verdict] = Field(description="Every verdict, worst first.")


def report(audit: Audit, everything: bool = True) -> str:
    """The whole audit, a verdict a line; programs filter for themselves, so `everything` changes nothing."""
    whole = data(audit)
    verdicts = ",\n".join(map(json.dumps, whole.pop("verdicts")))
    # Indented by the encoder, a hundred thousand verdicts would take ten seconds longer.
    return f'{json.dumps(whole)[:-1]}, "verdicts": [\n{verdicts}\n]}}'


def data(audit: Audit) -> dict[str, Any]:
    """The document as plain values."""
    made = Document(
        version=VERSION,
        environment=audit.profile.environment,
        sources=list(audit.sources),
        code=audit.code,
        counts={outcome: audit.counts[outcome] for outcome in Outcome},
        refused=len(audit.refused),
        rules=Rules(**asdict(audit.coverage)),
        gaps=list(audit.gaps),
        verdicts=[_verdict(audit, finding) for finding in audit.worst_first],
    )
    return made.model_dump(mode="json")


def _verdict(audit: Audit, finding: Finding) -> Verdict:
    rule, verdict, place = finding.rule, finding.verdict, text.place(finding)
    file, line = place or (None, None)
    return Verdict(
        rule=rule.id,
        name=rule.name,
        severity=rule.severity.name.lower(),
        level=audit.level(finding),
        outcome=finding.outcome,
        judged=verdict.outcome,
        message=verdict.message,
        findings=list(verdict.findings),
        type=finding.resource.type,
        resource=finding.resource.urn,
        point=finding.point,
        file=file,
        line=line,
        exemption=finding.exemption,
    )


def schema() -> str:
    """The JSON schema of the document: `python -m policies.output > docs/audit.schema.json`."""
    return json.dumps(Document.model_json_schema(mode="serialization"), indent=1) + "\n"
