"""K8S-09: what serves a model survives the loss of a pod, a node and a zone."""

from collections.abc import Iterator
from typing import Any

from policies._controls import ai_act, nist
from policies._kubernetes import MODEL, entry, joined
from policies._pods import in_pod, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, not_applicable, require, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
_SCALER = "kubernetes:keda.sh/v1alpha1:ScaledObject"


def _check(workload: Resource, stack: Stack) -> Verdict:
    if entry(workload, in_pod(workload, "metadata.labels"), MODEL) is ABSENT:
        return not_applicable("it serves no model")
    return judge_pods(workload, stack, _demands(workload, stack))


def _demands(workload: Resource, stack: Stack) -> Iterator[Verdict]:
    for probe in ("readinessProbe", "livenessProbe"):
        yield require(workload, in_pod(workload, f"spec.containers[0].{probe}"), bool, "set")
    yield _replicas(workload, stack)
    if stack.profile.serving_replicas > 1:
        yield require(workload, in_pod(workload, "spec.topologySpreadConstraints"), bool, "set")
        yield _budget(workload, stack)


def _replicas(workload: Resource, stack: Stack) -> Verdict:
    """The least that the workload's scaler keeps; its own number, which a scaler changes, if it has none."""
    least = stack.profile.serving_replicas
    scalers = joined(workload, stack, _SCALER) or ()
    for scaler in scalers:
        if scaler.get("spec.scaleTargetRef.name") == workload.get("metadata.name"):
            return require(scaler, "spec.minReplicaCount", lambda number: number >= least, f"{least} or more")
    if workload.get("spec.replicas") is ABSENT and least < 2:
        return PASS
    return require(workload, "spec.replicas", lambda number: number >= least, f"{least} or more")


def _budget(workload: Resource, stack: Stack) -> Verdict:
    budgets = joined(workload, stack, _BUDGET)
    labels = workload.get(in_pod(workload, "metadata.labels"))
    selectors = [budget.get("spec.selector.matchLabels") for budget in budgets or ()]
    if any(_selects(selector, labels) for selector in selectors):
        return PASS
    if budgets is None or any(_undecided(one) for one in (labels, *selectors)):
        return unknown(f"whether a PodDisruptionBudget selects the pods of {workload.name}")
    return fail(f"no PodDisruptionBudget selects the pods of {at(workload, 'spec')}", "budget")


def _selects(selector: Any, labels: Any) -> bool:
    is_map = isinstance(selector, dict) and isinstance(labels, dict)
    return is_map and all(labels.get(key) == value for key, value in selector.items())


def _undecided(labels: Any) -> bool:
    return labels is UNKNOWN or (isinstance(labels, dict) and UNKNOWN in labels.values())


RULE = Rule(
    id="K8S-09",
    name="fragile-serving",
    title="What serves a model has probes and, where the environment demands it, several pods apart and a budget.",
    why="Spot nodes go with two minutes' notice, and nodes are replaced every fortnight: with one pod, or all on one "
    "node, each of these is an outage of the model.",
    instead="Set readiness and liveness probes, two replicas, `topologySpreadConstraints` and a PodDisruptionBudget, "
    "as `ModelService` does.",
    severity=Severity.LOW,
    types=("kubernetes:apps/v1:Deployment", "kubernetes:argoproj.io/v1alpha1:Rollout"),
    controls=(*nist("CP-10"), *ai_act("Article 15")),
    check=_check,
    good="""
labels = {"app": "fraud", "ml-platform/model": "fraud"}
select = {"match_labels": {"app": "fraud"}}
probe = {"http_get": {"path": "/ready", "port": 8080}}
server = {"name": "server", "image": "fraud", "readiness_probe": probe, "liveness_probe": probe}
apart = {"max_skew": 1, "topology_key": "topology.kubernetes.io/zone", "when_unsatisfiable": "ScheduleAnyway"}
pods = {"metadata": {"labels": labels}, "spec": {"containers": [server], "topology_spread_constraints": [apart]}}
where = {"name": "fraud", "namespace": "vision"}
k8s.policy.v1.PodDisruptionBudget("fraud", metadata=where, spec={"max_unavailable": 1, "selector": select})
k8s.apps.v1.Deployment("fraud", metadata=where, spec={"replicas": 2, "selector": select, "template": pods})
""",
    bad="""
labels = {"app": "fraud", "ml-platform/model": "fraud"}
pods = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "server", "image": "fraud"}]}}
spec = {"replicas": 1, "selector": {"match_labels": {"app": "fraud"}}, "template": pods}
k8s.apps.v1.Deployment("fraud", metadata={"name": "fraud", "namespace": "vision"}, spec=spec)
""",
    joins=True,
    parameters=("serving_replicas", "system_namespaces"),
    admission=Admission(
        Target.WORKLOADS,
        {
            f"!(object.kind in ['Deployment', 'Rollout'] && '{MODEL}' in variables.labels) || ["
            "'readinessProbe', 'livenessProbe'].all(probe, variables.pod.containers[0][?probe].hasValue())": "a model "
            "server must have readiness and liveness probes",
            # A policy sees no scalers and budgets. Without a number there is a scaler; later the number is its own.
            f"!(object.kind in ['Deployment', 'Rollout'] && '{MODEL}' in variables.labels) || "
            "request.operation == 'UPDATE' || "
            "dyn(object).spec.?replicas.orValue({serving_replicas}) >= {serving_replicas}": "a model must have "
            "{serving_replicas} pods or more",
        },
    ),
)
