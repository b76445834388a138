"""What a served model says of itself, and what is refused to be said."""

from typing import Any

import pytest

from components import Approvals, ModelService
from components._governance import NEEDS, RiskTier
from components.approvals import encoded
from tests.components.conftest import Recorder, Run, whole
from tests.components.samples import sample
from tests.components.serving_samples import GATEWAY, PROVENANCE, SHADOW, SYSTEM
from workloads.promotion.gate import Risk

SERVICE: Any = ModelService
RECORDS: Any = Approvals


def pods(run: Run, recorder: Recorder, **more: Any) -> dict[str, dict[str, Any]]:
    """Rollout to the labels and annotations of its pods."""
    run(lambda: SERVICE("it", {**sample(ModelService), **more}))
    found = [whole(one.inputs) for one in recorder.found if one.type.endswith(":Rollout")]
    return {one["metadata"]["name"]: one["spec"]["template"]["metadata"] for one in found}


def test_pods_say_what_they_serve_and_who_answers_for_it(recorder: Recorder, run: Run) -> None:
    said = pods(run, recorder)["fraud"]
    assert (
        said["labels"].items()
        >= {
            "ml-platform/model": "fraud",
            "ml-platform/version": "12",
            "ml-platform/ai-system": "payment-fraud",
            "ml-platform/risk-tier": "high",
        }.items()
    )
    digest = PROVENANCE["digest"]
    assert said["annotations"] == {
        "ml-platform/model-uri": "s3://artifacts/models/fraud/12",
        "ml-platform/model-digest": digest,
        "ml-platform/training-run": "0123456789abcdef",
        "ml-platform/dataset": "payments@2026-10",
        "ml-platform/model-card": "s3://artifacts/models/fraud/12/README.md",
        "ml-platform/model-card-digest": digest,
        "ml-platform/attestation": "https://example.com/attestations/12",
        "ml-platform/approval": "fraud-12",
        "ml-platform/inference-log": "s3://captures/captures/fraud",
        "ml-platform/oversight": "model-risk@example.com",
        "ml-platform/rollback-target": "manual-review",
        "ml-platform/kill-switch": "scaledobject/fraud",
        "ml-platform/notice": "https://example.com/about",
        "ml-platform/risk-assessment": "https://grc.example.com/payment-fraud",
        "ml-platform/risk-assessment-reviewed": "2026-10-01",
        "ml-platform/impact-assessment": "https://grc.example.com/payment-fraud",
        "ml-platform/impact-assessment-reviewed": "2026-10-02",
    }


def test_a_candidate_speaks_for_itself(recorder: Recorder, run: Run) -> None:
    args = {key: value for key, value in sample(ModelService).items() if key != "door"}
    run(lambda: SERVICE("it", {**args, "rollout": SHADOW, "gateway": GATEWAY}))
    found = [whole(one.inputs) for one in recorder.found if one.type.endswith(":Rollout")]
    told = {one["metadata"]["name"]: one["spec"]["template"]["metadata"]["annotations"] for one in found}
    assert {key: one["ml-platform/approval"] for key, one in told.items()} == {
        "fraud": "fraud-12",
        "fraud-candidate": "fraud-13",
    }
    assert told["fraud-candidate"]["ml-platform/kill-switch"] == "scaledobject/fraud-candidate"
    assert {one["metadata"]["annotations"]["ml-platform/rollout-mode"] for one in found} == {"shadow"}


def test_only_what_is_approved_gets_into_a_pod(recorder: Recorder, run: Run) -> None:
    run(lambda: SERVICE("it", sample(ModelService)))
    [rollout] = [whole(one.inputs) for one in recorder.found if one.type.endswith(":Rollout")]
    [fetch] = rollout["spec"]["template"]["spec"]["initContainers"]
    assert fetch["command"][-1] == PROVENANCE["digest"]


def without(given: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != key}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"system": {**SYSTEM, "risk_tier": "prohibited"}}, "'prohibited'; allowed: minimal, limited, high; what is"),
        ({"system": {**SYSTEM, "id": "Payment Fraud"}}, "system.id = 'Payment Fraud'; allowed: a DNS label"),
        *(({"system": without(SYSTEM, field)}, f"system.{field} is missing") for field in NEEDS[RiskTier.HIGH]),
        ({"system": {"id": "chat", "risk_tier": "limited"}}, "system.notice is missing; risk tier limited needs it"),
        ({"provenance": {**PROVENANCE, "digest": "sha256:1"}}, "provenance.digest = 'sha256:1'; allowed: sha256: and"),
        ({"provenance": without(PROVENANCE, "card_uri")}, "card_uri is missing; risk tier high needs a model card"),
        ({"provenance": without(PROVENANCE, "card_digest")}, "card_uri and card_digest go together"),
    ],
)
def test_what_is_said_goes_together(run: Run, change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="ModelService 'it': ") as refused:
        run(lambda: SERVICE("it", {**sample(ModelService), **change}))
    assert told in str(refused.value)


def test_gate_and_components_know_the_same_tiers() -> None:
    assert [tier.value for tier in RiskTier] == [tier.value for tier in Risk]


def test_approvals_are_texts_by_id_and_fact(recorder: Recorder, run: Run) -> None:
    run(lambda: RECORDS("approvals", sample(Approvals)))
    [made] = [whole(one.inputs) for one in recorder.found if one.type.endswith(":ConfigMap")]
    assert (made["metadata"]["namespace"], made["metadata"]["name"]) == ("kube-system", "ml-platform-approvals")
    assert made["data"] == encoded(sample(Approvals)["records"])
    assert made["data"]["fraud-12.approvers"] == "fraud-lead,model-risk"


def test_an_id_is_part_of_a_key(run: Run) -> None:
    with pytest.raises(ValueError, match=r"records has 'a\.b'; allowed: a DNS label"):
        run(lambda: RECORDS("approvals", {**sample(Approvals), "records": {"a.b": {}}}))
