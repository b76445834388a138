"""AIG-11: people are told that they deal with an AI system of risk tier limited."""

from policies._controls import ai_act, iso_42001
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.ai._facts import ADDRESS, LIMITED, Fact, admission, judge_model
from policies.profiles import Severity

_NOTICE = Fact("notice", ADDRESS, "where people are told that it is an AI system")


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_model(workload, stack, [_NOTICE.demand(workload)], LIMITED)


RULE = Rule(
    id="AIG-11",
    name="undisclosed-ai-system",
    title="A model of risk tier limited has a notice by which people learn that it is an AI system.",
    why="Who talks to a machine, or sees what one made, has a right to know; that is all that the law asks of such "
    "systems, and it asks it since August 2026.",
    instead="Write the notice, and give the AI system its address as `notice`.",
    severity=Severity.MEDIUM,
    types=WORKLOADS,
    controls=(*ai_act("Article 50"), *iso_42001("A.8.2")),
    check=_check,
    good="""
k8s.core.v1.Pod(
    "assistant",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "assistant", "ml-platform/risk-tier": "limited"},
        "annotations": {"ml-platform/notice": "https://www.example.com/about-our-assistant"},
    },
    spec={"containers": [{"name": "server", "image": "assistant"}]},
)
""",
    bad="""
k8s.core.v1.Pod(
    "assistant",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "assistant", "ml-platform/risk-tier": "limited"},
    },
    spec={"containers": [{"name": "server", "image": "assistant"}]},
)
""",
    parameters=("system_namespaces",),
    admission=admission([_NOTICE], LIMITED),
)
