"""Kueue, the queue of training jobs; `metrics.enableClusterQueueResources` is needed for quota and usage."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="kueue",
    version="0.19.2",
    target_labels=TARGET,
    source="kubernetes-sigs/kueue, pkg/metrics/metrics.go",
    heartbeat="kueue_build_info",
)
_QUOTA = ("cohort", "cluster_queue", "flavor", "resource", "replica_role")

METRICS = (
    EMITTER.gauge(
        "kueue_build_info",
        "1",
        "version that runs",
        "git_version",
        "git_commit",
        "build_date",
        "go_version",
        "compiler",
        "platform",
    ),
    EMITTER.gauge(
        "kueue_pending_workloads",
        "workloads",
        "workloads that wait: active in line, inadmissible not to be placed",
        "cluster_queue",
        "status",
        "replica_role",
    ),
    EMITTER.counter(
        "kueue_admitted_workloads_total",
        "workloads",
        "workloads let in",
        "cluster_queue",
        "priority_class",
        "replica_role",
    ),
    EMITTER.counter(
        "kueue_evicted_workloads_total",
        "workloads",
        "workloads put out again",
        "cluster_queue",
        "reason",
        "underlying_cause",
        "priority_class",
        "replica_role",
    ),
    EMITTER.histogram(
        "kueue_admission_wait_time_seconds",
        "seconds",
        "time from queueing to being let in",
        "cluster_queue",
        "priority_class",
        "replica_role",
    ),
    EMITTER.gauge("kueue_cluster_queue_resource_usage", "cores, bytes or GPUs", "what a queue uses", *_QUOTA),
    EMITTER.gauge("kueue_cluster_queue_nominal_quota", "cores, bytes or GPUs", "what a queue owns", *_QUOTA),
)
