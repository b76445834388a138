"""The verb `mlp approvals`: whether an environment's models of risk tier high are approved, for a pipeline to ask."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from mlp.plan import Line
from mlp.report import Report
from stacks.governance_rules import versions
from stacks.serving_rules import served
from stacks.settings import Settings
from workloads.promotion.gate import Risk

UNAPPROVED = "not approved; only staging and prod refuse to serve it"


@dataclass(frozen=True)
class Judged:
    """A version of a model, and who approved it until when; `ok` says whether that is enough."""

    model: str
    version: str
    ok: bool
    text: str


def approvals(stack: str, within: int) -> Report:
    """A line for each version of a model of risk tier high, and whether all are approved for so many days.

    That consents are signed by the approvers of the gate, over this model, version and digest, is a rule of the
    settings.

    Raises:
        SettingsError: A setting is wrong, such as a consent that is not signed.
    """
    found = list(judged(Settings.from_file(stack), datetime.now(UTC) + timedelta(days=within)))
    ok = all(line.ok for line in found)
    lines = [
        Line(f"{'ok' if line.ok else 'REFUSED':8}{line.model} {line.version}: {line.text}", "" if line.ok else "red", 8)
        for line in found
    ]
    count = f"{len(found) or 'no'} version{'' if len(found) == 1 else 's'} of risk tier high in {stack}"
    lines.append(Line(count))
    data = {"ok": ok, "models": [asdict(line) for line in found]}
    return Report(ok, "\n".join(line.text for line in lines), data, lines)


def judged(settings: Settings, until: datetime) -> Iterator[Judged]:
    """Every served version of risk tier high; an approval has to hold until then."""
    for path, name, one in served(settings):
        if settings.ai_systems[one.system].risk is not Risk.HIGH:
            continue
        for _, version, provenance in versions(path, one):
            approval = settings.approvals.get(provenance.approval or "")
            if not approval:
                needed = settings.environment.protected
                yield Judged(name, version, not needed, "not approved" if needed else UNAPPROVED)
                continue
            ends = min(consent.expires for consent in approval.consents.values())
            who = f"approved by {' and '.join(sorted(approval.consents))} until {ends:%Y-%m-%d %H:%M} UTC"
            yield Judged(
                name, version, ends > until, who if ends > until else f"{who}: it has to hold until {until:%Y-%m-%d}"
            )
