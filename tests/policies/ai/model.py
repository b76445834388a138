"""A served model of risk tier high that lacks nothing, to take something away from."""

from typing import Any

from policies._view import Resource
from tests.policies.world import made

ROLLOUT = "kubernetes:argoproj.io/v1alpha1:Rollout"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
DIGEST = "sha256:" + "0" * 64
LABELS = {"model": "fraud", "version": "7", "ai-system": "payment-fraud", "risk-tier": "high"}
FACTS = {
    "model-digest": DIGEST,
    "approval": "fraud-7",
    "inference-log": "s3://captures/captures/fraud",
    "kill-switch": "scaledobject/fraud",
    "rollback-target": "manual-review",
    "oversight": "model-risk@example.com",
}
RECORD = {
    "model": "fraud",
    "version": "7",
    "digest": DIGEST,
    "author": "ana",
    "approvers": "fraud-lead,model-risk",
    "expires": "2027-01-01T00:00:00Z",
}


def model(
    name: str = "fraud",
    labels: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    notes: dict[str, str] | None = None,
    **spec: Any,
) -> Resource:
    """A Rollout; a fact that is None is missing."""

    def keyed(given: dict[str, Any]) -> dict[str, Any]:
        return {f"ml-platform/{key}": value for key, value in given.items() if value is not None}

    metadata = {"labels": keyed({**LABELS, **(labels or {})}), "annotations": keyed({**FACTS, **(facts or {})})}
    own = {"namespace": "vision", "name": name, "annotations": keyed(notes or {})}
    return made(ROLLOUT, name, {"metadata": own, "spec": {"template": {"metadata": metadata}, **spec}})


def approvals(**change: Any) -> Resource:
    """The ConfigMap with one approval."""
    data = {f"fraud-7.{key}": value for key, value in {**RECORD, **change}.items()}
    metadata = {"namespace": "kube-system", "name": "ml-platform-approvals"}
    return made(CONFIG_MAP, "approvals", {"metadata": metadata, "data": data})
