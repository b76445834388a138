"""Argo Rollouts, which shifts traffic to new versions."""

from monitoring.label import NAME, NAMESPACE, TARGET, formed, known, named
from monitoring.metric import Emitter

_SOURCE = "argoproj/argo-rollouts v1.9.1"
EMITTER = Emitter(
    name="argo-rollouts",
    version="1.9.1",
    target_labels=TARGET,
    source=f"{_SOURCE}, controller/metrics/prommetrics.go",
    heartbeat="argo_rollouts_controller_info",
)
_NAMED = (NAMESPACE, NAME)
_PHASE = known(
    "phase",
    *("InvalidSpec", "Completed", "Progressing", "Paused", "Timeout", "Error", "Abort"),
    examples=("Progressing", "Completed"),
    source=f"{_SOURCE}, controller/metrics/rollouts.go: other words than `status.phase` of a Rollout has",
)
"""A rollout is in one at a time."""
_VERDICT = known(
    "phase",
    *("Pending", "Running", "Successful", "Failed", "Error", "Inconclusive"),
    examples=("Failed", "Successful"),
    source=f"{_SOURCE}, pkg/apis/rollouts/v1alpha1/analysis_types.go",
)
_ROUTER = known(
    "traffic_router",
    *("", "ALB", "Ambassador", "AppMesh", "Istio", "Nginx", "SMI"),
    examples=("ALB",),
    source=f"{_SOURCE}, controller/metrics/rollouts.go",
)
_STRATEGY = known(
    "strategy",
    *("canary", "blueGreen", "none"),
    examples=("canary",),
    source=f"{_SOURCE}, controller/metrics/rollouts.go",
)

METRICS = (
    EMITTER.gauge(
        "argo_rollouts_controller_info",
        "1",
        "version that runs",
        named("version", form=r".+"),
    ),
    EMITTER.gauge("rollout_info", "1", "a rollout and its phase", *_NAMED, _STRATEGY, _ROUTER, _PHASE),
    EMITTER.gauge("rollout_info_replicas_desired", "replicas", "replicas asked for", *_NAMED),
    EMITTER.gauge("rollout_info_replicas_available", "replicas", "replicas that serve", *_NAMED),
    EMITTER.gauge("analysis_run_info", "1", "an analysis and its phase", *_NAMED, _VERDICT),
    EMITTER.counter(
        "rollout_events_total",
        "events",
        "what happened to a rollout",
        *_NAMED,
        known("type", "Normal", "Warning", source="kubernetes/api v0.36, core/v1/types.go"),
        formed("reason", r"[A-Z][A-Za-z]+", "RolloutCompleted", "RolloutAborted"),
    ),
)
