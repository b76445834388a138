"""Karpenter, which makes the nodes."""

from monitoring.label import CAPACITY, TARGET, ZONE, formed, known, named
from monitoring.metric import Emitter, floats

_CORE, _AWS = "kubernetes-sigs/karpenter v1.14.1", "aws/karpenter-provider-aws v1.14.1"
EMITTER = Emitter(
    name="karpenter",
    version="1.14.1",
    target_labels=TARGET,
    source=f"{_CORE} and {_AWS}, metrics.go files",
    heartbeat="karpenter_cluster_state_synced",
)
_POOL = named("nodepool")
_RESOURCE = formed(
    "resource_type",
    r"[a-z0-9._/]+",
    *("cpu", "memory", "nodes", "nvidia.com/gpu"),
    source=f"{_CORE}, pkg/controllers/metrics/nodepool/controller.go: lower case, `_` for `-`",
)
_MESSAGE = known(
    "message_type",
    *("rebalance_recommendation", "scheduled_change", "spot_interrupted", "instance_stopped", "instance_terminated"),
    *("capacity_reservation_interrupted", "instance_status", "system_status", "event_status", "no_op"),
    examples=("spot_interrupted", "rebalance_recommendation"),
    source=f"{_AWS}, pkg/controllers/interruption/messages/types.go",
)
_BOUNDS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5),
    *(1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60, 120, 150, 300, 450, 600),
)
"""pkg/metrics/constants.go of Karpenter's core."""

METRICS = (
    EMITTER.gauge(
        "karpenter_cluster_state_synced", "0 or 1", "whether what Karpenter knows of the cluster is complete"
    ),
    EMITTER.gauge(
        "karpenter_nodepools_usage",
        "cores, bytes, GPUs or nodes",
        "what the nodes of a pool have together",
        _RESOURCE,
        _POOL,
    ),
    EMITTER.gauge(
        "karpenter_nodepools_limit",
        "cores, bytes, GPUs or nodes",
        "what a pool may have together",
        _RESOURCE,
        _POOL,
    ),
    EMITTER.counter(
        "karpenter_nodeclaims_created_total",
        "nodes",
        "nodes asked for",
        named("reason", "provisioned"),
        _POOL,
        known("min_values_relaxed", "false", "true", source=f"{_CORE}, pkg/controllers/provisioning/provisioner.go"),
    ),
    EMITTER.counter("karpenter_nodeclaims_terminated_total", "nodes", "nodes given back", _POOL, CAPACITY, ZONE),
    EMITTER.counter("karpenter_nodes_created_total", "nodes", "nodes that joined the cluster", _POOL, ZONE),
    EMITTER.gauge(
        "karpenter_scheduler_unschedulable_pods_count",
        "pods",
        "pods that no pool can take",
        named("controller", "provisioner"),
    ),
    EMITTER.counter("karpenter_interruption_received_messages_total", "messages", "warnings of EC2, by kind", _MESSAGE),
    EMITTER.histogram(
        "karpenter_interruption_message_queue_duration_seconds",
        "seconds",
        "time from a warning to its handling; spot gives two minutes",
        bounds=floats(*_BOUNDS),
    ),
    EMITTER.counter(
        "karpenter_cloudprovider_instance_launch_failures_total",
        "offerings",
        "instances that EC2 did not give: one request counts each type and zone that it tried",
        ZONE,
        formed("zone_id", r"[a-z0-9]+-az[0-9]+", "euc1-az1"),
        CAPACITY,
        formed("reason", r"[A-Z][A-Za-z]+", "InsufficientInstanceCapacity", "VcpuLimitExceeded"),
    ),
)
