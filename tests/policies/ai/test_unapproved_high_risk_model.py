from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource, Stack
from policies.ai.unapproved_high_risk_model import RULE
from tests.policies.ai.model import DIGEST, approvals, model

END = datetime(2027, 1, 1, tzinfo=UTC)


def verdict(subject: Resource, *others: Resource, now: datetime = END - timedelta(1), stack: str = "prod") -> Any:
    found = RULE.judge(subject, Stack(stack, (subject, *others), now=now))
    return found.outcome, found.findings


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"digest": DIGEST.replace("0", "1")}, "digest"),
        ({"version": "8"}, "version"),
        ({"model": "credit"}, "model"),
        ({"author": "model-risk"}, "approvers"),
        ({"approvers": "model-risk"}, "approvers"),
        ({"approvers": "model-risk,model-risk"}, "approvers"),
        ({"author": ""}, "approval"),
        ({"expires": "next week"}, "expires"),
        ({"expires": "2027-02-31T00:00:00Z"}, "expires"),
    ],
)
def test_an_approval_is_of_exactly_this_by_two_others(change: dict[str, Any], finding: str) -> None:
    assert verdict(model(), approvals()) == (Outcome.PASS, ())
    assert verdict(model(), approvals(**change)) == (Outcome.FAIL, (finding,))


def test_it_ends_at_its_instant() -> None:
    assert verdict(model(), approvals(), now=END - timedelta(seconds=1))[0] is Outcome.PASS
    assert verdict(model(), approvals(), now=END) == (Outcome.FAIL, ("expires",))


def test_an_approval_that_nobody_has_written_down_is_none() -> None:
    assert verdict(model(), approvals(), model(facts={"approval": None}))[0] is Outcome.PASS
    assert verdict(model(facts={"approval": None}), approvals())[0] is Outcome.FAIL
    assert verdict(model(facts={"approval": "fraud-8"}), approvals()) == (Outcome.FAIL, ("approval",))
    assert verdict(model()) == (Outcome.FAIL, ("approval",))


def test_it_is_looked_for_where_no_tenant_may_write() -> None:
    forged = approvals()
    forged = Resource(
        forged.type,
        forged.urn,
        {**forged.properties, "metadata": {"namespace": "vision", "name": "ml-platform-approvals"}},
    )
    assert verdict(model(), forged) == (Outcome.FAIL, ("approval",))


def test_what_is_not_known_yet_is_decided_later() -> None:
    assert verdict(model(), approvals(digest=UNKNOWN))[0] is Outcome.UNKNOWN
    assert verdict(model(facts={"model-digest": UNKNOWN}), approvals())[0] is Outcome.UNKNOWN


@pytest.mark.parametrize(("tier", "stack"), [("limited", "prod"), ("minimal", "prod"), ("high", "dev")])
def test_other_tiers_and_models_that_are_not_in_service_need_none(tier: str, stack: str) -> None:
    assert verdict(model(labels={"risk-tier": tier}), stack=stack)[0] is Outcome.NOT_APPLICABLE
