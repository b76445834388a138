"""What the platform team looks at: nodes, GPUs, controllers, and whether monitoring itself works."""

from monitoring.dashboards.board import Board, Row, Unit, graph, number

BOARD = Board(
    name="platform",
    title="Platform",
    text="Whether nodes come when they are wanted, GPUs are well, and the controllers do their work.",
    rows=(
        Row(
            title="Now",
            panels=(
                number(
                    "Nodes ready",
                    Unit.NUMBER,
                    "Nodes that take pods.",
                    'sum(kube_node_status_condition{condition="Ready", status="true"})',
                ),
                number(
                    "Pods without a place",
                    Unit.NUMBER,
                    "Pods that no pool can take.",
                    "sum(karpenter_scheduler_unschedulable_pods_count)",
                    bad=1,
                ),
                number(
                    "Spot interruptions",
                    Unit.NUMBER,
                    "In the last hour.",
                    "round(sum(increase(karpenter_interruption_received_messages_total"
                    '{message_type="spot_interrupted"}[1h])))',
                ),
                number(
                    "GPU errors",
                    Unit.NUMBER,
                    "GPUs whose last error is not none.",
                    "count(DCGM_FI_DEV_XID_ERRORS > 0) or vector(0)",
                    bad=1,
                ),
                number("Targets down", Unit.NUMBER, "What cannot be scraped.", "count(up == 0) or vector(0)", bad=1),
                number(
                    "Messages lost",
                    Unit.NUMBER,
                    "Notifications of the last hour that failed.",
                    "round(sum(increase(alertmanager_notifications_failed_total[1h])))",
                    bad=1,
                ),
            ),
        ),
        Row(
            title="Nodes",
            panels=(
                graph(
                    "Pools",
                    Unit.SHARE,
                    "Share of a pool's limit that is in use; at 1 pods wait.",
                    (
                        "max by (nodepool, resource_type) (karpenter_nodepools_usage)"
                        " / max by (nodepool, resource_type) (karpenter_nodepools_limit)",
                        "{{nodepool}} {{resource_type}}",
                    ),
                ),
                graph(
                    "Nodes asked for and given back",
                    Unit.NUMBER,
                    "An hour; both high is churn.",
                    ("sum by (nodepool) (increase(karpenter_nodeclaims_created_total[1h]))", "{{nodepool}} asked for"),
                    (
                        "sum by (nodepool) (increase(karpenter_nodeclaims_terminated_total[1h]))",
                        "{{nodepool}} given back",
                    ),
                ),
                graph(
                    "Not given by EC2",
                    Unit.NUMBER,
                    "Offerings an hour that EC2 did not give, by reason.",
                    (
                        "sum by (reason) (increase(karpenter_cloudprovider_instance_launch_failures_total[1h]))",
                        "{{reason}}",
                    ),
                ),
                graph(
                    "Warnings of EC2",
                    Unit.NUMBER,
                    "An hour, by kind.",
                    (
                        "sum by (message_type) (increase(karpenter_interruption_received_messages_total[1h]))",
                        "{{message_type}}",
                    ),
                ),
                graph(
                    "Until a warning is handled",
                    Unit.SECONDS,
                    "95th percentile; spot gives two minutes.",
                    (
                        "histogram_quantile(0.95, sum by (le) "
                        "(rate(karpenter_interruption_message_queue_duration_seconds_bucket[1h])))",
                        "p95",
                    ),
                ),
                graph(
                    "Cores asked for",
                    Unit.SHARE,
                    "Share of the cores of the nodes; little is waste.",
                    (
                        'sum(kube_pod_container_resource_requests{resource="cpu"})'
                        ' / sum(kube_node_status_capacity{resource="cpu"})',
                        "cores",
                    ),
                ),
            ),
        ),
        Row(
            title="GPUs",
            panels=(
                graph("Use", Unit.PERCENT, "By node.", ("avg by (Hostname) (DCGM_FI_DEV_GPU_UTIL)", "{{Hostname}}")),
                graph(
                    "Temperature",
                    Unit.CELSIUS,
                    "From 85 degrees on a GPU slows itself down.",
                    ("max by (Hostname, gpu) (DCGM_FI_DEV_GPU_TEMP)", "{{Hostname}} {{gpu}}"),
                ),
                graph(
                    "Last error",
                    Unit.NUMBER,
                    "XID of NVIDIA; 0 is none.",
                    ("max by (Hostname, gpu) (DCGM_FI_DEV_XID_ERRORS)", "{{Hostname}} {{gpu}}"),
                ),
            ),
        ),
        Row(
            title="Controllers and stores",
            panels=(
                graph(
                    "KEDA's errors",
                    Unit.NUMBER,
                    "An hour, by what it could not scale.",
                    ("sum by (scaledObject) (increase(keda_scaled_object_errors_total[1h]))", "{{scaledObject}}"),
                ),
                graph(
                    "Rollouts that are not complete",
                    Unit.NUMBER,
                    "By phase; none when all are complete. After Abort the old version serves.",
                    ('sum by (phase) (rollout_info{phase!="Completed"})', "{{phase}}"),
                ),
                graph(
                    "Quota in use",
                    Unit.SHARE,
                    "Above 1 a team uses what others leave idle.",
                    (
                        "sum by (cluster_queue, resource) (kueue_cluster_queue_resource_usage)"
                        " / sum by (cluster_queue, resource) (kueue_cluster_queue_nominal_quota)",
                        "{{cluster_queue}} {{resource}}",
                    ),
                ),
                graph(
                    "Room on volumes",
                    Unit.SHARE,
                    "Least first; Prometheus stops to write at 0.",
                    (
                        "min by (namespace, persistentvolumeclaim) "
                        "(kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes)",
                        "{{namespace}}/{{persistentvolumeclaim}}",
                    ),
                ),
                graph(
                    "Room in databases",
                    Unit.BYTES,
                    "As CloudWatch has it.",
                    (
                        "min by (dimension_DBInstanceIdentifier) (aws_rds_free_storage_space_minimum)",
                        "{{dimension_DBInstanceIdentifier}}",
                    ),
                ),
                graph(
                    "Messages in queues",
                    Unit.NUMBER,
                    "A queue that only grows has lost its reader.",
                    (
                        "max by (dimension_QueueName) (aws_sqs_approximate_number_of_messages_visible_maximum)",
                        "{{dimension_QueueName}}",
                    ),
                ),
            ),
        ),
        Row(
            title="Monitoring itself",
            panels=(
                graph(
                    "Targets",
                    Unit.NUMBER,
                    "Scraped, by job.",
                    ("sum by (job) (up)", "{{job}}"),
                ),
                graph(
                    "Series",
                    Unit.NUMBER,
                    "In memory; a million need about 4 GiB.",
                    ("max(prometheus_tsdb_head_series)", "series"),
                ),
                graph(
                    "Messages",
                    Unit.NUMBER,
                    "Sent an hour, and not delivered.",
                    ("sum by (integration) (increase(alertmanager_notifications_total[1h]))", "{{integration}} sent"),
                    (
                        "sum by (integration) (increase(alertmanager_notifications_failed_total[1h]))",
                        "{{integration}} failed",
                    ),
                ),
            ),
        ),
    ),
)
