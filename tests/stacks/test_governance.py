"""What settings say of models: what their risk tier asks for, and consents that are signed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from components.approvals import NAME, NAMESPACE
from mlp.approvals import judged
from policies.ai import _approvals
from stacks.governance import known
from stacks.settings import Settings
from tests.stacks.test_settings import DELETE, changed, refusal, shipped
from tests.workloads.test_promotion import KEYS, candidate, policy, public, signed
from workloads.promotion.actions import Promotion
from workloads.promotion.candidate import Candidate

NOW = datetime(2026, 11, 21, tzinfo=UTC)
F, SYSTEM = "services__fraud__provenance", "aiSystems__payment-fraud"
OTHER = "sha256:" + "1" * 64


def prod(**changes: Any) -> dict[str, Any]:
    return changed(shipped("prod"), **changes)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {f"{SYSTEM}__risk": "prohibited"},
            "risk = \"prohibited\": input should be 'minimal', 'limited' or",
        ),
        ({f"{SYSTEM}__oversight": DELETE}, "payment-fraud.oversight = null: risk tier high needs it"),
        ({f"{SYSTEM}__impactAssessment": DELETE}, "impactAssessment = null: risk tier high needs it"),
        ({f"{SYSTEM}__risk": "limited"}, "payment-fraud.notice = null: risk tier limited needs it"),
        (
            {f"{SYSTEM}__risk": "minimal"},
            'risk = "minimal": allowed for services.fraud: high, as modelRegistry.promotion.models.fraud.risk says',
        ),
        ({"services__fraud__system": "nothing"}, 'system = "nothing": allowed: a system of aiSystems (payment-fraud)'),
        ({F: DELETE}, "services.fraud.provenance: missing; add where the version comes from"),
        ({f"{F}__card": DELETE}, "provenance.card = null: risk tier high needs a model card"),
        ({f"{F}__digest": "latest"}, 'provenance.digest = "latest": allowed: a digest'),
        ({f"{F}__digest": OTHER}, "allowed: one of this model, version and digest; it approves another"),
        ({"services__fraud__version": "2"}, "allowed: one of this model, version and digest; it approves another"),
        ({f"{F}__approval": DELETE}, "provenance.approval = null: needed of risk tier high in prod"),
        ({f"{F}__approval": "fraud-2"}, 'approval = "fraud-2": allowed: one of approvals (fraud-1)'),
        ({"capture__samplingPercent": {"fraud": 0}}, "samplingPercent.fraud = null: needed of risk tier high in prod"),
        (
            {"approvals__fraud-1__digest": OTHER},
            'consents.model-risk = "...": not signed with this approver\'s key over',
        ),
        ({"approvals__fraud-1__author": "model-risk"}, 'consents.model-risk = "...": allowed: others than the author'),
        (
            {"modelRegistry__promotion__approvers__model-risk": public(KEYS["ana"])},
            'consents.model-risk = "...": not signed',
        ),
        ({"approvals__fraud-1__consents__fraud-lead": DELETE}, "consents = "),
    ],
)
def test_what_a_risk_tier_asks_for_is_refused_with_the_reason_where_it_is_missing(
    change: dict[str, Any], told: str
) -> None:
    assert told in "\n".join(refusal(prod(**change)))


def test_a_model_of_tier_minimal_needs_no_more_than_its_origin() -> None:
    values = shipped("dev")
    assert set(values["aiSystems"]["customer-churn"]) == {"risk"}
    assert set(values["services"]["churn"]["provenance"]) == {"digest", "run", "dataset"}


class _Known(Promotion):
    """A registry that knows one version."""

    def __init__(self, found: Candidate) -> None:
        self.found, self.now = found, lambda: NOW

    def candidate(self, model: str, version: str) -> Candidate:
        return self.found


def test_what_the_gate_records_is_what_settings_take() -> None:
    done = _Known(candidate()).record("fraud", "7", policy(), "fraud-7")
    assert done.ok
    record = yaml.safe_load(done.text)
    assert record == {"fraud-7": json.loads(json.dumps(done.data["record"]))}
    approvers = {name: public(key) for name, key in KEYS.items()}
    service = {"services__fraud__version": "7", f"{F}__digest": candidate().digest, f"{F}__approval": "fraud-7"}
    settings = Settings.parse(prod(approvals=record, modelRegistry__promotion__approvers=approvers, **service))
    [line] = judged(settings, NOW)
    assert (line.ok, line.text) == (True, "approved by ana and ben until 2026-11-28 00:00 UTC")
    assert not next(judged(settings, NOW + timedelta(days=7))).ok


@pytest.mark.parametrize(
    "consents", [[signed("ana")], [signed("ana"), signed("cem")], [signed("ana"), signed("ben", expires=NOW)]]
)
def test_one_consent_too_few_is_not_recorded(consents: list[Any]) -> None:
    done = _Known(candidate(approvals=consents)).record("fraud", "7", policy(), "fraud-7")
    assert not done.ok
    assert "1 valid approvals, 2 needed" in done.text


def test_the_cluster_learns_of_approvals_as_texts_that_can_be_compared() -> None:
    data = known(Settings.parse(shipped("prod")))
    assert data.pop("fraud-1.digest") == f"sha256:{'0' * 64}"
    assert data == {
        "fraud-1.model": "fraud",
        "fraud-1.version": "1",
        "fraud-1.author": "ana",
        "fraud-1.approvers": "fraud-lead,model-risk",
        "fraud-1.expires": "2027-11-21T00:00:00Z",
    }


def test_all_look_for_approvals_in_one_place() -> None:
    assert (NAMESPACE, NAME) == (_approvals.NAMESPACE, _approvals.NAME)
