"""What a served model says of itself: the AI system it is part of, where it comes from, and who answers for it.

Labels and annotations of its pods, so that whoever admits a pod, and whoever finds one, reads the same.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

from components._kubernetes import is_name

PREFIX = "ml-platform/"
MODE = f"{PREFIX}rollout-mode"
"""Annotation of a Rollout, not of its pods, which another mode leaves alone."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class RiskTier(StrEnum):
    """How much may go wrong for people; what Regulation (EU) 2024/1689 prohibits has no tier and is not served."""

    MINIMAL = "minimal"
    """No duties beyond knowing what it is."""
    LIMITED = "limited"
    """People must be told that it is an AI system."""
    HIGH = "high"
    """Approved by two, overseen, assessed, logged, and taken back when it goes wrong."""


class ReviewArgs(TypedDict):
    """An assessment and when somebody last looked at it."""

    uri: str
    """Where it is."""
    reviewed: str
    """Day of the last review, `YYYY-MM-DD`."""


class SystemArgs(TypedDict):
    """The AI system that a model is part of, as the inventory has it."""

    id: str
    """Its name in the inventory; a DNS label."""
    risk_tier: RiskTier
    """Its risk tier."""
    oversight: NotRequired[str]
    """Whom to reach to have it stopped. Needed of tier high."""
    fallback: NotRequired[str]
    """What answers when the model is taken back: an earlier version, or a procedure. Needed of tier high."""
    risk_assessment: NotRequired[ReviewArgs]
    """Its risk assessment. Needed of tier high."""
    impact_assessment: NotRequired[ReviewArgs]
    """Its assessment of the impact on fundamental rights. Needed of tier high."""
    notice: NotRequired[str]
    """Where people are told that it is an AI system. Needed of tier limited."""


class ProvenanceArgs(TypedDict):
    """Where one version of a model comes from, and who approved it."""

    digest: str
    """Digest of its files, as `mlp promote` prints it: `sha256:...`."""
    training_run: str
    """Run that made it."""
    dataset: str
    """Version of the data that it was trained on."""
    card_uri: NotRequired[pulumi.Input[str]]
    """Its model card. Needed of tiers limited and high."""
    card_digest: NotRequired[str]
    """Digest of the card: `sha256:...`. Needed with it."""
    attestation: NotRequired[str]
    """Where the attestation of how it was built is. Default: there is none."""
    approval: NotRequired[str]
    """Id of the approval that let it in, in Approvals. Default: none."""


NEEDS: dict[RiskTier, tuple[str, ...]] = {
    RiskTier.MINIMAL: (),
    RiskTier.LIMITED: ("notice",),
    RiskTier.HIGH: ("oversight", "fallback", "risk_assessment", "impact_assessment"),
}
"""What a tier cannot do without; what else it asks of a model in service, the policies of an environment say."""


def problem(system: SystemArgs, versions: Mapping[str, ProvenanceArgs]) -> str | None:
    """What is wrong with what is said of a model; `versions` by the path of the argument."""
    if not is_name(system["id"]):
        return f"system.id = {system['id']!r}; allowed: a DNS label"
    if system["risk_tier"] not in list(RiskTier):
        why = "what is prohibited is not served"
        return f"system.risk_tier = {system['risk_tier']!r}; allowed: {', '.join(RiskTier)}; {why}"
    tier = RiskTier(system["risk_tier"])
    if missing := next((field for field in NEEDS[tier] if not system.get(field)), None):
        return f"system.{missing} is missing; risk tier {tier} needs it"
    for path, version in versions.items():
        if tier is not RiskTier.MINIMAL and "card_uri" not in version:
            return f"{path}.card_uri is missing; risk tier {tier} needs a model card"
        if ("card_uri" in version) != ("card_digest" in version):
            return f"{path}.card_uri and card_digest go together: a card without its digest can be another tomorrow"
        for field in ("digest", "card_digest"):
            if not _DIGEST.fullmatch(version.get(field, version["digest"])):
                return f"{path}.{field} = {version.get(field)!r}; allowed: sha256: and 64 hex digits"
    return None


def labels(system: SystemArgs) -> dict[str, str]:
    """What models are selected by."""
    return {f"{PREFIX}ai-system": system["id"], f"{PREFIX}risk-tier": RiskTier(system["risk_tier"]).value}


def annotations(
    system: SystemArgs, version: ProvenanceArgs, model_uri: Any, captures_uri: Any, switch: str
) -> dict[str, Any]:
    """What else is said of one version; `switch` is the object whose pause takes all its pods away."""
    found: dict[str, Any] = {
        "model-uri": model_uri,
        "model-digest": version["digest"],
        "training-run": version["training_run"],
        "dataset": version["dataset"],
        "model-card": version.get("card_uri"),
        "model-card-digest": version.get("card_digest"),
        "attestation": version.get("attestation"),
        "approval": version.get("approval"),
        "inference-log": captures_uri,
        "oversight": system.get("oversight"),
        "rollback-target": system.get("fallback"),
        "kill-switch": switch,
        "notice": system.get("notice"),
    }
    for name in ("risk_assessment", "impact_assessment"):
        if review := system.get(name):
            key = name.replace("_", "-")
            found |= {key: review["uri"], f"{key}-reviewed": review["reviewed"]}
    return {f"{PREFIX}{key}": value for key, value in found.items() if value is not None}
