"""Rules between settings of models and what is said of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks._fields import Problem, Problems
from stacks.governance_settings import AiSystem, Approval, Provenance
from stacks.serving_rules import served
from stacks.serving_settings import Served
from workloads.promotion.gate import Risk

if TYPE_CHECKING:
    from stacks.settings import Settings

NEEDS: dict[Risk, tuple[str, ...]] = {
    Risk.MINIMAL: (),
    Risk.LIMITED: ("notice",),
    Risk.HIGH: ("oversight", "fallback", "riskAssessment", "impactAssessment"),
}
"""What an AI system of a tier has to have."""


def systems(settings: "Settings") -> Problems:
    """An AI system has what its risk tier asks for."""
    names = {str(field.alias): name for name, field in AiSystem.model_fields.items()}
    for name, system in settings.ai_systems.items():
        for field in NEEDS[system.risk]:
            if getattr(system, names[field]) is None:
                yield Problem(f"aiSystems.{name}.{field}", None, f"risk tier {system.risk} needs it: add it")


def models(settings: "Settings") -> Problems:
    """A served model is part of an AI system, not of a lower tier than its gate says, and approved as what it is."""
    tiers, registry = list(Risk), settings.model_registry
    for path, name, one in served(settings):
        if not (system := settings.ai_systems.get(one.system)):
            known = ", ".join(settings.ai_systems) or "none"
            yield Problem(f"{path}.system", one.system, f"allowed: a system of aiSystems ({known})")
            continue
        gate = registry.promotion.models.get(name) if registry else None
        if gate and gate.risk and tiers.index(system.risk) < tiers.index(gate.risk):
            allowed = f"allowed for {path}: {gate.risk}, as modelRegistry.promotion.models.{name}.risk says, or higher"
            yield Problem(f"aiSystems.{one.system}.risk", system.risk.value, allowed)
        for where, version, provenance in versions(path, one):
            if system.risk is not Risk.MINIMAL and not provenance.card:
                yield Problem(f"{where}.card", None, f"risk tier {system.risk} needs a model card: add its digest")
            if provenance.approval:
                yield from _approved(settings, f"{where}.approval", (name, version, provenance.digest), provenance)


def versions(path: str, one: Served) -> Iterator[tuple[str, str, Provenance]]:
    """Path, version and provenance of what serves, and of a candidate beside it."""
    for where, found in ((path, one), (f"{path}.rollout.candidate", getattr(one.rollout, "candidate", None))):
        if found:
            yield f"{where}.provenance", found.version, found.provenance


def _approved(settings: "Settings", path: str, what: tuple[str, str, str], provenance: Provenance) -> Problems:
    found = settings.approvals.get(str(provenance.approval))
    if not found:
        known = ", ".join(settings.approvals) or "none"
        yield Problem(path, provenance.approval, f"allowed: one of approvals ({known})")
    elif (found.model, found.version, found.digest) != what:
        allowed = "allowed: one of this model, version and digest; it approves another"
        yield Problem(path, provenance.approval, allowed)


def approvals(settings: "Settings") -> Problems:
    """An approval is signed by approvers whom the gate knows, by as many as it wants, and not by its author.

    When it ends is not looked at here: an environment whose approvals are over can still be read and taken away.
    """
    for name, approval in settings.approvals.items():
        path = f"approvals.{name}"
        if not settings.model_registry:
            yield Problem(path, "...", "needs `modelRegistry`, whose gate knows the approvers: add it")
            continue
        policy = settings.model_registry.promotion
        for approver in approval.consents:
            if reason := refused(settings, approval, approver):
                yield Problem(f"{path}.consents.{approver}", "...", reason)
        gate, keys = policy.models.get(approval.model), {policy.approvers.get(one) for one in approval.consents}
        least = gate.approvals if gate else 2
        # Two names with one key are one approver.
        if len(keys) < least:
            yield Problem(f"{path}.consents", len(keys), f"allowed: {least} different approvers or more")


def refused(settings: "Settings", approval: Approval, approver: str) -> str:
    """Why a consent does not count, whenever it ends; empty if it does."""
    # A tenth of a second, which settings without approvals need not wait for.
    from workloads.promotion.approval import is_signed
    from workloads.promotion.candidate import Approval as Signed

    assert settings.model_registry
    keys, consent = settings.model_registry.promotion.approvers, approval.consents[approver]
    if approver not in keys:
        return f"allowed: an approver of modelRegistry.promotion.approvers ({', '.join(keys) or 'none'})"
    if approver == approval.author:
        return "allowed: others than the author"
    signed = Signed(approver=approver, digest=approval.digest, **consent.model_dump())
    if not is_signed(signed, approval.model, approval.version, keys[approver]):
        return "not signed with this approver's key over this model, version, digest and end"
    return ""


def of_protected(settings: "Settings") -> Problems:
    """Staging and prod serve a model of tier high only approved, captured and watched."""
    captured = settings.capture.sampling_percent if settings.capture else {}
    watched = settings.drift.models if settings.drift else {}
    for path, name, one in served(settings):
        system = settings.ai_systems.get(one.system)
        if not system or system.risk is not Risk.HIGH:
            continue
        where = f"needed of risk tier high in {settings.environment}"
        for place, _, provenance in versions(path, one):
            if not provenance.approval:
                yield Problem(f"{place}.approval", None, f"{where}: add an approval, of approvals")
        if not path.startswith("services.") or not captured.get(name):
            allowed = f"{where}: add it; requests of language models are not captured"
            yield Problem(f"capture.samplingPercent.{name}", None, allowed)
        if name not in watched:
            yield Problem(f"drift.models.{name}", None, f"{where}: add it")
