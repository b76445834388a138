"""AIG-05: an alert watches what a model of risk tier high answers, and somebody is told."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies._controls import ai_act, ai_rmf, iso_42001
from policies._pods import WORKLOADS
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, fail, not_applicable, unknown
from policies._view import Resource, Stack
from policies.ai._facts import HIGH, MODEL, in_service, judge_model, undecided
from policies.profiles import Severity

_RULES = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
_ABOUT = re.compile("drift|quality|accuracy", re.IGNORECASE)


def _check(workload: Resource, stack: Stack) -> Verdict:
    groups = [one.get("spec.groups") for one in stack.resources if one.type == _RULES]
    if not groups and stack.is_one_layer:
        return not_applicable("the alerts of its environment are in the stack of another layer")
    return in_service(stack) or judge_model(workload, stack, [_watched(workload, groups)], HIGH)


def _watched(workload: Resource, groups: list[Any]) -> Verdict:
    entries = [entry for one in groups for entry in _entries(one)]
    model = str(MODEL.of(workload))
    bound = any(_text(one, "labels", "model") == model or f'model="{model}"' in _text(one, "expr") for one in entries)
    told = any(
        _text(one, "labels", "severity") in ("page", "ticket") and _text(one, "labels", "owner")
        for one in entries
        if "alert" in one
    )
    if bound and told:
        return PASS
    if any(map(undecided, groups)):
        return unknown("what every alert is about")
    missing = "nothing on drift or quality is recorded of it" if told else "no alert on drift or quality has an owner"
    return fail(f"{workload.name}: {missing}", "alert")


def _entries(groups: Any) -> Iterator[Mapping[str, Any]]:
    """The alerts and recordings on drift or quality."""
    for group in groups if isinstance(groups, list) else ():
        rules = group.get("rules") if isinstance(group, Mapping) else None
        for one in rules if isinstance(rules, list) else ():
            about = "".join(_text(one, key) for key in ("alert", "record", "expr"))
            if _ABOUT.search(about):
                yield one


def _text(entry: Any, *keys: str) -> str:
    for key in keys:
        entry = entry.get(key) if isinstance(entry, Mapping) else None
    return entry if isinstance(entry, str) else ""


RULE = Rule(
    id="AIG-05",
    name="unwatched-high-risk-model",
    title="Of a model of risk tier high, drift or quality is measured, and an alert with an owner tells of it.",
    why="A model gets worse without any error: the world changes and it does not. Somebody has to notice before those "
    "do about whom it decides.",
    instead="Watch it (`drift.models`), which records its promises and lets `FeatureDrift` speak of it.",
    severity=Severity.HIGH,
    types=WORKLOADS,
    controls=(
        *ai_act("Article 15", "Article 72"),
        *ai_rmf("MANAGE 4.1", "MEASURE 2.4"),
        *iso_42001("A.6.2.6"),
    ),
    check=_check,
    good="""
alert = {
    "alert": "FeatureDrift",
    "expr": 'ml_platform_drift_detected{model="fraud"} == 1',
    "labels": {"severity": "ticket", "owner": "vision"},
}
k8s.apiextensions.CustomResource(
    "drift",
    api_version="monitoring.coreos.com/v1",
    kind="PrometheusRule",
    metadata={"namespace": "monitoring", "name": "drift"},
    spec={"groups": [{"name": "drift", "rules": [alert]}]},
)
k8s.core.v1.Pod(
    "fraud",
    metadata={
        "namespace": "vision",
        "labels": {"ml-platform/model": "fraud", "ml-platform/risk-tier": "high"},
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
    },
    spec={"containers": [{"name": "server", "image": "fraud"}]},
)
""",
    joins=True,
    parameters=("in_service", "system_namespaces"),
    absent={Point.ADMISSION: "an admission policy sees one object, and not the alerts"},
)
