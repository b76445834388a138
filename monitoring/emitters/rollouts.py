"""Argo Rollouts, which shifts traffic to new versions."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="argo-rollouts",
    version="1.9.1",
    target_labels=TARGET,
    source="argoproj/argo-rollouts, controller/metrics/prommetrics.go",
    heartbeat="argo_rollouts_controller_info",
)
_NAMED = ("namespace", "name")

METRICS = (
    EMITTER.gauge("argo_rollouts_controller_info", "1", "version that runs", "version"),
    EMITTER.gauge(
        "rollout_info",
        "1",
        "a rollout and its phase: Healthy, Progressing, Paused, Degraded, ...",
        *_NAMED,
        "strategy",
        "traffic_router",
        "phase",
    ),
    EMITTER.gauge("rollout_info_replicas_desired", "replicas", "replicas asked for", *_NAMED),
    EMITTER.gauge("rollout_info_replicas_available", "replicas", "replicas that serve", *_NAMED),
    EMITTER.gauge(
        "analysis_run_info",
        "1",
        "an analysis and its phase: Running, Successful, Failed, Error, Inconclusive",
        *_NAMED,
        "phase",
    ),
    EMITTER.counter("rollout_events_total", "events", "what happened to a rollout", *_NAMED, "type", "reason"),
)
