"""AIG-08: the assessments of a system of risk tier high are there, and not out of date."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from policies._controls import ai_act, ai_rmf, iso_42001
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail
from policies._view import Resource, Stack
from policies.ai._facts import ADDRESS, HIGH, Fact, admission, judge_model
from policies.profiles import Severity

_WHAT = ("risk-assessment", "impact-assessment")
_FACTS = tuple(Fact(one, ADDRESS, f"where its {one.replace('-', ' ')} is") for one in _WHAT)
_DAY = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_REVIEWED = tuple(Fact(f"{one}-reviewed", _DAY, "the day of its last review, YYYY-MM-DD") for one in _WHAT)


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_model(workload, stack, _demands(workload, stack), HIGH)


def _demands(workload: Resource, stack: Stack) -> Iterator[Verdict]:
    for fact in _FACTS:
        yield fact.demand(workload)
    for fact in _REVIEWED:
        yield _is_recent(workload, fact, stack) if (found := fact.demand(workload)) is PASS else found


def _is_recent(workload: Resource, fact: Fact, stack: Stack) -> Verdict:
    try:
        day = datetime.fromisoformat(fact.of(workload)).replace(tzinfo=UTC)
    except ValueError:
        return fail(f"{at(workload, fact.path(workload))} is a day that there is not", fact.key)
    if day <= stack.now < day + timedelta(days=stack.profile.review_days):
        return PASS
    wanted = f"a day within the last {stack.profile.review_days}"
    return fail(f"{at(workload, fact.path(workload))} must be {wanted}", fact.key)


def _recent(fact: Fact) -> str:
    day, made = f"timestamp({fact.cel} + 'T00:00:00Z')", "timestamp(object.metadata.creationTimestamp)"
    return f"{fact.said} && {day} <= {made} && {made} < {day} + duration(string({{review_days}} * 24) + 'h')"


_RECENT = {
    " && ".join(map(_recent, _REVIEWED)): f"{' and '.join(f'ml-platform/{one.key}' for one in _REVIEWED)} must be days "
    "within the last {review_days}"
}

RULE = Rule(
    id="AIG-08",
    name="unreviewed-high-risk-system",
    title="A system of risk tier high has a risk and an impact assessment, both reviewed within a year.",
    why="Risks to people are weighed before a system decides about them, and again when system or world have changed; "
    "an assessment of long ago is about another system.",
    instead="Review the assessments, and give the AI system `riskAssessment` and `impactAssessment` with their day.",
    severity=Severity.HIGH,
    types=WORKLOADS,
    controls=(*ai_act("Article 9", "Article 27"), *ai_rmf("MAP 5.1"), *iso_42001("A.5.2", "A.5.3")),
    check=_check,
    good="""
import datetime

reviewed = datetime.date.today().isoformat()  # here: the day of the last review
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "fraud", "ml-platform/risk-tier": "high"},
        "annotations": {
            "ml-platform/risk-assessment": "https://grc.example.com/payment-fraud/risk",
            "ml-platform/risk-assessment-reviewed": reviewed,
            "ml-platform/impact-assessment": "https://grc.example.com/payment-fraud/impact",
            "ml-platform/impact-assessment-reviewed": reviewed,
        },
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
""",
    bad="""
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "fraud", "ml-platform/risk-tier": "high"},
        "annotations": {
            "ml-platform/risk-assessment": "https://grc.example.com/payment-fraud/risk",
            "ml-platform/risk-assessment-reviewed": "2001-01-01",
        },
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
""",
    parameters=("review_days", "system_namespaces"),
    admission=admission(_FACTS, HIGH, more=_RECENT),
)
