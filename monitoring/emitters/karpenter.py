"""Karpenter, which makes the nodes."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="karpenter",
    version="1.14.1",
    target_labels=TARGET,
    source="kubernetes-sigs/karpenter and aws/karpenter-provider-aws, metrics.go files",
    heartbeat="karpenter_cluster_state_synced",
)

METRICS = (
    EMITTER.gauge(
        "karpenter_cluster_state_synced", "0 or 1", "whether what Karpenter knows of the cluster is complete"
    ),
    EMITTER.gauge(
        "karpenter_nodepools_usage",
        "cores, bytes, GPUs or nodes",
        "what the nodes of a pool have together",
        "resource_type",
        "nodepool",
    ),
    EMITTER.gauge(
        "karpenter_nodepools_limit",
        "cores, bytes, GPUs or nodes",
        "what a pool may have together",
        "resource_type",
        "nodepool",
    ),
    EMITTER.counter(
        "karpenter_nodeclaims_created_total", "nodes", "nodes asked for", "reason", "nodepool", "min_values_relaxed"
    ),
    EMITTER.counter(
        "karpenter_nodeclaims_terminated_total", "nodes", "nodes given back", "nodepool", "capacity_type", "zone"
    ),
    EMITTER.gauge("karpenter_scheduler_unschedulable_pods_count", "pods", "pods that no pool can take", "controller"),
    EMITTER.counter(
        "karpenter_interruption_received_messages_total",
        "messages",
        "warnings of EC2, by kind: spot_interrupted, rebalance_recommendation, ...",
        "message_type",
    ),
    EMITTER.histogram(
        "karpenter_interruption_message_queue_duration_seconds",
        "seconds",
        "time from a warning to its handling; spot gives two minutes",
    ),
    EMITTER.counter(
        "karpenter_cloudprovider_instance_launch_failures_total",
        "offerings",
        "instances that EC2 did not give",
        "zone",
        "zone_id",
        "capacity_type",
        "reason",
    ),
)
