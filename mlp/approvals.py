"""The verb `mlp approvals`: whether an environment's models of risk tier high are approved, for a pipeline to ask."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from stacks.governance_rules import versions
from stacks.serving_rules import served
from stacks.settings import Settings, SettingsError
from workloads.promotion.gate import Risk


@dataclass(frozen=True)
class Line:
    """A version of a model, and who approved it until when; `ok` says whether that is enough."""

    model: str
    version: str
    ok: bool
    text: str


def approvals(stack: str, within: int, as_json: bool) -> int:
    """Print a line each, and return the exit code: 0, 1 if one is not approved, 2 if the settings are wrong.

    That consents are signed by the approvers of the gate, over this model, version and digest, is a rule of the
    settings: one that is not is wrong.
    """
    try:
        found = list(judged(Settings.from_file(stack), datetime.now(UTC) + timedelta(days=within)))
    except SettingsError as error:
        print(json.dumps({"ok": False, "errors": str(error).splitlines()}) if as_json else error)
        return 2
    ok = all(line.ok for line in found)
    if as_json:
        print(json.dumps({"ok": ok, "models": [asdict(line) for line in found]}))
    else:
        for line in found:
            print(f"{'ok' if line.ok else 'REFUSED':8}{line.model} {line.version}: {line.text}")
        print(f"{len(found) or 'no'} version{'' if len(found) == 1 else 's'} of risk tier high in {stack}")
    return 0 if ok else 1


def judged(settings: Settings, until: datetime) -> Iterator[Line]:
    """Every served version of risk tier high; an approval has to hold until then."""
    for path, name, one in served(settings):
        if settings.ai_systems[one.system].risk is not Risk.HIGH:
            continue
        for _, version, provenance in versions(path, one):
            approval = settings.approvals.get(provenance.approval or "")
            if not approval:
                needed = settings.environment.protected
                yield Line(name, version, not needed, "not approved" if needed else "not approved, nor in service")
                continue
            ends = min(consent.expires for consent in approval.consents.values())
            who = f"approved by {' and '.join(sorted(approval.consents))} until {ends:%Y-%m-%d %H:%M} UTC"
            yield Line(name, version, ends > until, who if ends > until else f"{who}: over, or soon")
