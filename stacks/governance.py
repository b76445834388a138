"""What served models are told of themselves, and the approvals that the cluster knows."""

import pulumi

from components import ApprovalArgs, Approvals, ProvenanceArgs, ReviewArgs, RiskTier, SystemArgs
from components.approvals import encoded
from stacks.governance_settings import Approval, Provenance, Review
from stacks.settings import Settings
from stacks.wiring import Wiring

CARD = "README.md"
"""Where a model's card is among its files, so that it is kept and promoted with them."""


def approvals(wiring: Wiring, after: pulumi.Output[str], opts: pulumi.ResourceOptions) -> Approvals:
    """Wire the approvals, which every model comes after."""
    settings = wiring.settings
    assert settings.cluster  # a rule of the settings
    tags = wiring.tags(settings.cluster.data_class)
    return Approvals("approvals", {"records": records(settings), "after": [after], "tags": tags}, opts)


def known(settings: Settings) -> dict[str, str]:
    """The approvals as the API server compares them."""
    return encoded(records(settings))


def records(settings: Settings) -> dict[str, ApprovalArgs]:
    """The approvals, by id."""
    return {name: _record(one) for name, one in settings.approvals.items()}


def system(settings: Settings, name: str) -> SystemArgs:
    """An entry of the inventory."""
    found = settings.ai_systems[name]
    args: SystemArgs = {"id": name, "risk_tier": RiskTier(found.risk)}
    if found.oversight:
        args["oversight"] = found.oversight
    if found.fallback:
        args["fallback"] = found.fallback
    if found.risk_assessment:
        args["risk_assessment"] = _review(found.risk_assessment)
    if found.impact_assessment:
        args["impact_assessment"] = _review(found.impact_assessment)
    if found.notice:
        args["notice"] = found.notice
    return args


def provenance(found: Provenance, model_uri: pulumi.Output[str]) -> ProvenanceArgs:
    """Where a version comes from."""
    args: ProvenanceArgs = {"digest": found.digest, "training_run": found.run, "dataset": found.dataset}
    if found.card:
        args["card_uri"], args["card_digest"] = pulumi.Output.concat(model_uri, f"/{CARD}"), found.card
    if found.attestation:
        args["attestation"] = found.attestation
    if found.approval:
        args["approval"] = found.approval
    return args


def _review(found: Review) -> ReviewArgs:
    return {"uri": found.uri, "reviewed": found.reviewed.isoformat()}


def _record(found: Approval) -> ApprovalArgs:
    return {
        "model": found.model,
        "version": found.version,
        "digest": found.digest,
        "author": found.author,
        "approvers": sorted(found.consents),
        "expires": found.expires,
    }
