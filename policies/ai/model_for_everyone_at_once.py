"""AIG-09: a new version of a model of risk tier high decides about a few first, or about nobody."""

from typing import Any

from policies._controls import ai_act, ai_rmf
from policies._pods import WORKLOADS
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable, require, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.ai._facts import HIGH, MODEL, PREFIX, admission, judge_model
from policies.profiles import Severity

_ROLLOUT = "kubernetes:argoproj.io/v1alpha1:Rollout"
_OWNED = ("Pod", "ReplicaSet", "Job", "CronJob")
_STEPS, _MODE = "spec.strategy.canary.steps", f"metadata.annotations.{PREFIX}rollout-mode"
_BESIDE = ("shadow", "ab-test")


def _check(workload: Resource, stack: Stack) -> Verdict:
    if workload.type.rpartition(":")[2] in _OWNED:
        return not_applicable("what makes it decides how versions change")
    return judge_model(workload, stack, [_staged(workload, stack)], HIGH)


def _staged(workload: Resource, stack: Stack) -> Verdict:
    if workload.type != _ROLLOUT:
        return fail(f"{workload.name} gives a new version to everybody; a Rollout can give it to a few", "kind")
    if (mode := workload.get(_MODE)) in _BESIDE:
        return _beside(workload, stack)
    steps = workload.get(_STEPS)
    if UNKNOWN in (mode, steps):
        return unknown(at(workload, _STEPS))
    weights = [f"{_STEPS}[{index}].setWeight" for index, step in enumerate(_list(steps)) if _has_weight(step)]
    first = weights[0] if weights else f"{_STEPS}[0].setWeight"
    return require(workload, first, lambda weight: weight < 100, "less than 100")


def _beside(workload: Resource, stack: Stack) -> Verdict:
    """A candidate runs beside the version that serves: two Rollouts of one model."""
    found = [MODEL.of(one) for one in stack.resources if one.type == _ROLLOUT]
    if found.count(MODEL.of(workload)) > 1:
        return PASS
    lonely = f"{at(workload, _MODE)} needs another Rollout of the model beside it"
    return unknown("the model of every Rollout") if UNKNOWN in found else fail(lonely, "candidate")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _has_weight(step: Any) -> bool:
    return step is UNKNOWN or (isinstance(step, dict) and "setWeight" in step)


_WEIGHTS = "dyn(object).spec.?strategy.?canary.?steps.orValue([]).filter(step, has(step.setWeight))"
_MODE_CEL = f"object.metadata.?annotations[?'{PREFIX}rollout-mode'].orValue('')"

RULE = Rule(
    id="AIG-09",
    name="model-for-everyone-at-once",
    title="A new version of a model of risk tier high starts with a share of the requests, or with copies of them.",
    why="What tests did not find, users find; with a canary or a shadow few of them do, and are not hurt twice.",
    instead="Use rollout mode `canary`, `shadow` or `ab-test`.",
    severity=Severity.MEDIUM,
    types=WORKLOADS,
    controls=(*ai_act("Article 9", "Article 15"), *ai_rmf("MANAGE 1.3")),
    check=_check,
    good="""
labels = {"app": "fraud", "ml-platform/model": "fraud", "ml-platform/risk-tier": "high"}
k8s.apiextensions.CustomResource(
    "fraud",
    api_version="argoproj.io/v1alpha1",
    kind="Rollout",
    metadata={"namespace": "vision", "name": "fraud"},
    spec={
        "selector": {"matchLabels": {"app": "fraud"}},
        "strategy": {"canary": {"steps": [{"setWeight": 5}, {"pause": {"duration": "10m"}}]}},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "server", "image": "fraud"}]}},
    },
)
""",
    bad="""
labels = {"app": "fraud", "ml-platform/model": "fraud", "ml-platform/risk-tier": "high"}
k8s.apps.v1.Deployment(
    "fraud",
    metadata={"namespace": "vision", "name": "fraud"},
    spec={
        "selector": {"match_labels": {"app": "fraud"}},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "server", "image": "fraud"}]}},
    },
)
""",
    joins=True,
    parameters=("system_namespaces",),
    admission=admission(
        tiers=HIGH,
        more={
            f"object.kind in {list(_OWNED)} || (object.kind == 'Rollout' && ({_MODE_CEL} in {list(_BESIDE)} || "
            f"({_WEIGHTS}.size() > 0 && {_WEIGHTS}[0].setWeight < 100)))": "a Rollout must give a new version less "
            "than 100 % of the requests at first, or copies of them"
        },
    ),
)
