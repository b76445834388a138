"""A record to make bundles and pages of."""

from datetime import UTC, datetime
from typing import Any

from policies._verdict import Outcome
from policies.evidence.record import Approval, Change, Record
from tests.policies.output.findings import EXEMPTION, HOSTILE, audit, finding

MADE = datetime(2026, 11, 21, 9, 30, 5, tzinfo=UTC)


def record(*findings: Any, **more: Any) -> Record:
    """With text of others in every place that has any."""
    told = findings or (
        finding(),
        finding(Outcome.PASS, "good"),
        finding(Outcome.UNKNOWN, HOSTILE),
        finding(name=HOSTILE, exemption=EXEMPTION.model_copy(update={"reason": HOSTILE})),
    )
    change = Change("stacks", "c" * 40, f"Ada {HOSTILE}", "Grace", "2026-11-20T10:00:00+00:00", HOSTILE)
    approval = Approval("fraud-7", {"model": HOSTILE, "approvers": "ada,grace"})
    return Record(
        **{
            "audit": audit(*told, sources=("state of prod",), gaps=(HOSTILE,)),
            "made": MADE,
            "changes": (change,),
            "approvals": (approval,),
            **more,
        }
    )
