"""AIG-07: somebody can stop a model of risk tier high, and knows what answers instead."""

from collections.abc import Iterator

from policies._controls import ai_act, ai_rmf, iso_42001
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.ai._facts import HIGH, Fact, admission, demands, judge_model
from policies.profiles import Severity

_SWITCH = Fact("kill-switch", "[a-z]+/[a-z0-9.-]+", "the object that stops it, KIND/NAME in its namespace")
_FACTS = (
    _SWITCH,
    Fact("rollback-target", wanted="what answers instead: an earlier version, or a procedure"),
    Fact("oversight", wanted="whom to reach to have it stopped"),
)


def _check(workload: Resource, stack: Stack) -> Verdict:
    return judge_model(workload, stack, _demands(workload, stack), HIGH)


def _demands(workload: Resource, stack: Stack) -> Iterator[Verdict]:
    found = list(demands(workload, _FACTS))
    yield from found
    if found[0] is PASS:
        yield _is_there(workload, stack, *str(_SWITCH.of(workload)).split("/"))


def _is_there(workload: Resource, stack: Stack, kind: str, name: str) -> Verdict:
    where, switch, undecided = workload.get("metadata.namespace"), at(workload, _SWITCH.path(workload)), False
    for one in stack.resources:
        if one.type.startswith("kubernetes:") and one.type.rpartition(":")[2].lower() == kind:
            place = (one.get("metadata.namespace"), one.get("metadata.name"))
            if place == (where, name):
                return PASS
            undecided = undecided or UNKNOWN in (where, *place)
    return unknown(switch) if undecided else fail(f"{switch} names an object that there is not", "kill-switch")


RULE = Rule(
    id="AIG-07",
    name="model-that-nobody-can-stop",
    title="A model of risk tier high has a switch that stops it, something that answers instead, and an overseer.",
    why="People must be able to stop a system that harms somebody, at once and without a new release; who has to look "
    "for the way first is too late.",
    instead="Give the AI system `oversight` and `fallback`. ModelService and LlmService name their ScaledObject as the "
    'switch: the annotation `autoscaling.keda.sh/paused-replicas: "0"` takes all pods away.',
    severity=Severity.HIGH,
    types=WORKLOADS,
    controls=(*ai_act("Article 14"), *ai_rmf("MANAGE 2.4"), *iso_42001("A.9.2")),
    check=_check,
    good="""
k8s.apiextensions.CustomResource(
    "fraud",
    api_version="keda.sh/v1alpha1",
    kind="ScaledObject",
    metadata={"namespace": "vision", "name": "fraud"},
    spec={
        "scaleTargetRef": {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "fraud"},
        "triggers": [{"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}}],
    },
)
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "fraud", "ml-platform/risk-tier": "high"},
        "annotations": {
            "ml-platform/kill-switch": "scaledobject/fraud",
            "ml-platform/rollback-target": "manual-review",
            "ml-platform/oversight": "model-risk@example.com",
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
        "annotations": {"ml-platform/oversight": "model-risk@example.com"},
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
""",
    joins=True,
    parameters=("system_namespaces",),
    admission=admission(_FACTS, HIGH),
)
