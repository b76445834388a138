"""Nodes: interruptions of spot, launches that fail, pools at their limit."""

from monitoring.rule import Alert, Group, Missing, Owner, Severity
from monitoring.watched import Watched

QUEUE = "karpenter_interruption_message_queue_duration_seconds_bucket"
NODES = "karpenter_nodes_created_total"
FAILURES = "karpenter_cloudprovider_instance_launch_failures_total"


def group(watched: Watched) -> Group:
    """Alerts of nodes."""
    bounds = watched.thresholds
    common = {"owner": Owner.PLATFORM, "missing": Missing.SILENT, "noticed": "EmitterMissing"}
    return Group(
        name="spot",
        alerts=(
            Alert(
                name="SpotInterruptionBurst",
                expr="sum(increase(karpenter_interruption_received_messages_total"
                f'{{message_type="spot_interrupted"}}[15m])) > {bounds.spot_interruptions:g}',
                severity=Severity.TICKET,
                summary="{{ $value | humanize }} spot nodes interrupted within 15 minutes",
                **common,
            ),
            Alert(
                name="SpotWarningsLate",
                expr=f"histogram_quantile(0.95, sum by (le) (rate({QUEUE}[10m]))) > 60",
                wait="5m",
                severity=Severity.TICKET,
                summary="spot gives two minutes, and warnings are read after {{ $value | humanizeDuration }}",
                **common,
            ),
            Alert(
                name="NodeLaunchFailing",
                # One request counts each type and zone that EC2 refuses, and may still be given the next.
                expr=f"sum by (capacity_type, reason) (increase({FAILURES}[15m])) > {bounds.launch_failures:g}"
                f" unless on () sum(increase({NODES}[15m])) > 0",
                wait="5m",
                severity=Severity.TICKET,
                summary="EC2 refused {{ $labels.capacity_type }} nodes {{ $value | humanize }} times in 15 minutes, and"
                " no node came: {{ $labels.reason }}",
                **common,
            ),
            Alert(
                name="NodePoolNearLimit",
                expr="max by (nodepool, resource_type) (karpenter_nodepools_usage)"
                f" / max by (nodepool, resource_type) (karpenter_nodepools_limit) > {bounds.pool_used:g}",
                wait="15m",
                severity=Severity.TICKET,
                summary="pool {{ $labels.nodepool }}: {{ $value | humanizePercentage }} of its"
                " {{ $labels.resource_type }} limit is in use",
                **common,
            ),
            Alert(
                name="PodsUnschedulable",
                expr="max(karpenter_scheduler_unschedulable_pods_count) > 0",
                wait="30m",
                severity=Severity.TICKET,
                summary="{{ $value }} pods fit no pool",
                **common,
            ),
        ),
    )
