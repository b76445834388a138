"""Kueue, the queue of training jobs; `metrics.enableClusterQueueResources` is needed for quota and usage."""

from monitoring.label import TARGET, formed, known, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="kueue",
    version="0.19.2",
    target_labels=TARGET,
    source="kubernetes-sigs/kueue v0.19.2, pkg/metrics/metrics.go",
    heartbeat="kueue_build_info",
)
_QUEUE = named("cluster_queue", "vision", "language")
_PRIORITY = named("priority_class", "high")
_ROLE = known("replica_role", "leader", "follower", "standalone", examples=("leader",), source=EMITTER.source)
"""Of two replicas both emit: add up those of one role only."""
_QUOTA = (
    named("cohort", "gpus"),
    _QUEUE,
    named("flavor", "spot"),
    formed("resource", r"[a-z0-9./-]+", "cpu", "memory", "nvidia.com/gpu"),
    _ROLE,
)

METRICS = (
    EMITTER.gauge(
        "kueue_build_info",
        "1",
        "version that runs",
        *(
            named(name, form=".*")
            for name in ("git_version", "git_commit", "build_date", "go_version", "compiler", "platform")
        ),
    ),
    EMITTER.gauge(
        "kueue_pending_workloads",
        "workloads",
        "workloads that wait: active in line; inadmissible tried and not placed, until something changes",
        _QUEUE,
        known("status", "active", "inadmissible", source=EMITTER.source),
        _ROLE,
    ),
    EMITTER.counter("kueue_admitted_workloads_total", "workloads", "workloads admitted", _QUEUE, _PRIORITY, _ROLE),
    EMITTER.counter(
        "kueue_evicted_workloads_total",
        "workloads",
        "workloads evicted",
        _QUEUE,
        known(
            "reason",
            *("Preempted", "PodsReadyTimeout", "AdmissionCheck", "ClusterQueueStopped", "LocalQueueStopped"),
            *("NodeFailures", "Deactivated", "FlavorMigration", "EvictedOnManagerCluster"),
            examples=("Preempted", "PodsReadyTimeout"),
            source="kubernetes-sigs/kueue v0.19.2, apis/kueue/v1beta2/workload_types.go",
        ),
        known(
            "underlying_cause",
            *("", "AdmissionCheck", "MaximumExecutionTimeExceeded", "RequeuingLimitExceeded"),
            examples=("AdmissionCheck",),
            source=EMITTER.source,
        ),
        _PRIORITY,
        _ROLE,
    ),
    EMITTER.histogram(
        "kueue_admission_wait_time_seconds",
        "seconds",
        "time from queueing to admission",
        _QUEUE,
        _PRIORITY,
        _ROLE,
    ),
    EMITTER.gauge("kueue_cluster_queue_resource_usage", "cores, bytes or GPUs", "what a queue uses", *_QUOTA),
    EMITTER.gauge("kueue_cluster_queue_nominal_quota", "cores, bytes or GPUs", "what a queue owns", *_QUOTA),
)
