"""AIG-02: a served model has a risk tier, and none that is prohibited."""

from policies._controls import ai_act, ai_rmf, iso_42001
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.ai._facts import TIER, admission, judge_model
from policies.profiles import Severity


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_model(workload, stack, [TIER.demand(workload)])


RULE = Rule(
    id="AIG-02",
    name="model-without-risk-tier",
    title="A served model has the risk tier minimal, limited or high; what is prohibited is not served.",
    why="Every other duty depends on the tier: without one nobody has asked what the model may do to people, and a "
    "practice that article 5 of the AI Act prohibits would be found out by those whom it harms.",
    instead="Have whoever answers for AI risks set the tier of its entry in `aiSystems`; take away what is prohibited.",
    severity=Severity.CRITICAL,
    types=WORKLOADS,
    controls=(*ai_act("Article 5", "Article 6"), *ai_rmf("MAP 1.1", "MAP 5.1"), *iso_42001("A.5.2")),
    check=_check,
    good="""
k8s.core.v1.Pod(
    "churn",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "churn", "ml-platform/risk-tier": "minimal"},
    },
    spec={"containers": [{"name": "server", "image": "churn"}]},
)
""",
    bad="""
k8s.core.v1.Pod(
    "score",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "social-score", "ml-platform/risk-tier": "prohibited"},
    },
    spec={"containers": [{"name": "server", "image": "score"}]},
)
""",
    parameters=("system_namespaces",),
    admission=admission([TIER]),
)
