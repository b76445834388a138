"""How a new version of a model gets its traffic, as plain data of Argo Rollouts (argoproj.io/v1alpha1 of 1.9)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

from components._governance import ProvenanceArgs

API = "argoproj.io/v1alpha1"
PORT = 80
"""Port of every Service of a model."""


class RolloutMode(StrEnum):
    """Who gets the answers of a new version, and from when on."""

    DIRECT = "direct"
    """All clients, pod by pod, as soon as a pod is ready."""
    CANARY = "canary"
    """A growing share of requests; each step is judged, and a bad one returns all traffic to the version before."""
    SHADOW = "shadow"
    """No client: a candidate gets copies of a share of the requests, and its answers are dropped."""
    AB_TEST = "ab-test"
    """Clients that send a header: a candidate answers their requests, for as long as the experiment lasts."""
    BLUE_GREEN = "blue-green"
    """All clients at once, when all new pods are ready; the old ones stay until the new version is judged."""


class MetricArgs(TypedDict):
    """One question to Prometheus, and what answer is good; exactly one of the bounds."""

    name: str
    """What it measures."""
    query: str
    """PromQL with one value as its answer; `{{args.hash}}` is the hash in the names of the new version's pods."""
    at_most: NotRequired[float]
    """Good up to here."""
    at_least: NotRequired[float]
    """Good from here on."""


class AnalysisArgs(TypedDict):
    """How a version is judged; an answer that is missing is a bad one."""

    address: str
    """URL of Prometheus."""
    metrics: Sequence[MetricArgs]
    """What is asked, at least one question; all answers must be good."""
    interval_seconds: NotRequired[int]
    """Seconds between two askings. Default 60."""
    checks: NotRequired[int]
    """How often each is asked, at every step. Default 5."""
    failures: NotRequired[int]
    """How many answers to a question may be bad. Default 1."""
    errors: NotRequired[int]
    """How often in a row Prometheus may not answer. Default 3."""


class CandidateArgs(TypedDict):
    """The version that runs beside the one that serves."""

    version: str
    """Version of the model."""
    image: str
    """Its image, by digest."""
    model_uri: pulumi.Input[str]
    """`s3://` URI of the model."""
    provenance: ProvenanceArgs
    """Where it comes from, and who approved it."""


class MatchArgs(TypedDict):
    """The header that chooses the candidate."""

    header: str
    """Name of the header."""
    value: str
    """Its whole value."""


class RolloutArgs(TypedDict):
    """How a new version gets its traffic; `mode` tells which other fields it needs or may have."""

    mode: RolloutMode
    """Who gets the answers of a new version."""
    steps: NotRequired[Sequence[int]]
    """Of canary: shares of the traffic in percent, growing. Default 5, 25, 50, 100."""
    analysis: NotRequired[AnalysisArgs]
    """How the new version is judged: of canary at each step, needed; of blue-green once it has all traffic."""
    keep_seconds: NotRequired[int]
    """Of canary: seconds that pods of an aborted version are kept, to inspect them. Default 600."""
    percent: NotRequired[int]
    """Of shadow: share of the requests that is copied, 1 to 100."""
    candidate: NotRequired[CandidateArgs]
    """Of shadow and ab-test: the version beside the one that serves."""
    match: NotRequired[MatchArgs]
    """Of ab-test: whose requests the candidate answers."""
    experiment: NotRequired[str]
    """Of ab-test: name of the experiment, on the candidate's pods and in the header `x-experiment` of its answers."""


MEANS = {
    RolloutMode.DIRECT: "replaces pod by pod, without shares and without judging",
    RolloutMode.CANARY: "shifts traffic to the new version of the service itself, step by step",
    RolloutMode.SHADOW: "copies requests to a candidate whose answers are dropped, so no traffic is shifted",
    RolloutMode.AB_TEST: "routes by a header to a candidate, until the experiment is over, so no traffic is shifted",
    RolloutMode.BLUE_GREEN: "switches all traffic at once, so there are no shares",
}
"""Why a mode has no use for what is another's."""
NEEDS: dict[RolloutMode, tuple[str, ...]] = {
    RolloutMode.DIRECT: (),
    RolloutMode.CANARY: ("analysis",),
    RolloutMode.SHADOW: ("percent", "candidate"),
    RolloutMode.AB_TEST: ("match", "experiment", "candidate"),
    RolloutMode.BLUE_GREEN: (),
}
MAY: dict[RolloutMode, tuple[str, ...]] = {
    RolloutMode.CANARY: ("steps", "keep_seconds"),
    RolloutMode.BLUE_GREEN: ("analysis",),
}
BESIDE = (RolloutMode.SHADOW, RolloutMode.AB_TEST)
"""Modes in which a candidate runs beside the version that serves."""


def problem(rollout: RolloutArgs) -> str | None:
    """What is wrong with a rollout: the field, and what is allowed."""
    if rollout.get("mode") not in list(RolloutMode):
        return f"mode = {rollout.get('mode')!r}; allowed: {', '.join(RolloutMode)}"
    mode = RolloutMode(rollout["mode"])
    if missing := next((field for field in NEEDS[mode] if field not in rollout), None):
        return f"{missing} is missing; mode {mode} needs it"
    allowed = ("mode", *NEEDS[mode], *MAY.get(mode, ()))
    if ignored := next((field for field in rollout if field not in allowed), None):
        return f"{ignored} would be ignored: mode {mode} {MEANS[mode]}; allowed: {', '.join(allowed)}"
    steps = [int(step) for step in rollout.get("steps", [100])]
    if not steps or steps != sorted(set(steps)) or steps[0] < 1 or steps[-1] > 100:
        return f"steps = {steps}; allowed: growing, 1 to 100"
    if not 1 <= int(rollout.get("percent", 1)) <= 100:
        return f"percent = {int(rollout.get('percent', 1))}; allowed: 1 to 100"
    return _judging(rollout["analysis"]) if "analysis" in rollout else None


def _judging(analysis: AnalysisArgs) -> str | None:
    if not analysis["metrics"]:
        return "analysis.metrics is empty; allowed: at least one, or a bad version is as good as any"
    for one in analysis["metrics"]:
        if ("at_most" in one) == ("at_least" in one):
            return f"analysis.metrics {one['name']!r} needs at_most or at_least, one of them"
    checks, failures = int(analysis.get("checks", 5)), int(analysis.get("failures", 1))
    if not 0 <= failures < checks:
        return f"analysis.failures = {failures}; allowed: 0 to {checks - 1}, fewer than checks, or nothing ever fails"
    return None


def strategy(name: str, rollout: RolloutArgs) -> dict[str, Any]:
    """`strategy` of the Rollout of a service."""
    mode = RolloutMode(rollout["mode"])
    judged = {"templates": [{"templateName": name}], "args": [_hash()]} if "analysis" in rollout else None
    if mode is RolloutMode.CANARY:
        steps = [
            step
            for share in rollout.get("steps", (5, 25, 50, 100))
            for step in ({"setWeight": int(share)}, {"analysis": judged})
        ]
        canary = {
            "stableService": name,
            "canaryService": f"{name}-canary",
            "trafficRouting": {"alb": {"ingress": name, "servicePort": PORT}},
            "steps": steps,
            "abortScaleDownDelaySeconds": int(rollout.get("keep_seconds", 600)),
        }
        return {"canary": {**canary, "maxSurge": "25%", "maxUnavailable": 0}}
    if mode is RolloutMode.BLUE_GREEN:
        found: dict[str, Any] = {"activeService": name, "previewService": f"{name}-preview"}
        found |= {"postPromotionAnalysis": judged, "scaleDownDelaySeconds": 600} if judged else {}
        return {"blueGreen": found}
    # Without steps and services this is what a Deployment does. It is a Rollout all the same: another mode is then a
    # change of the pods' owner in place, and not another owner with pods of its own.
    return {"canary": {"maxSurge": "25%", "maxUnavailable": 0}}


def analysis_template(analysis: AnalysisArgs) -> dict[str, Any]:
    """Spec of an AnalysisTemplate.

    No answer, and NaN, which 0 requests divided by 0 are, count as bad. Without these conditions a version
    without requests would pass. A Prometheus that does not answer is an error, and too many in a row end it as well.
    """
    return {"args": [{"name": "hash"}], "metrics": [_metric(analysis, one) for one in analysis["metrics"]]}


def _metric(analysis: AnalysisArgs, one: MetricArgs) -> dict[str, Any]:
    interval = int(analysis.get("interval_seconds", 60))
    sign, bound = ("<=", one["at_most"]) if "at_most" in one else (">=", one.get("at_least", 0))
    return {
        "name": one["name"],
        "initialDelay": f"{interval}s",
        "interval": f"{interval}s",
        "count": int(analysis.get("checks", 5)),
        "failureLimit": int(analysis.get("failures", 1)),
        "consecutiveErrorLimit": int(analysis.get("errors", 3)),
        "successCondition": f"len(result) == 1 && !isNaN(result[0]) && result[0] {sign} {float(bound)}",
        "provider": {"prometheus": {"address": analysis["address"], "query": one["query"], "timeout": 10}},
    }


def _hash() -> Mapping[str, Any]:
    return {"name": "hash", "valueFrom": {"podTemplateHashValue": "Latest"}}
