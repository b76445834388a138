"""What those look at who pay: what is spent, on what, and what is spent for nothing.

Prices are OpenCost's list prices. What AWS charges differs by discounts and by what is not in the cluster.
"""

from monitoring.alerts.cost import BUDGET, HOURS_A_MONTH
from monitoring.alerts.gpu import HELD
from monitoring.dashboards.board import Board, Row, Unit, graph, number

_NODES = "sum(node_total_hourly_cost)"
_GPUS = "sum(node_gpu_hourly_cost * node_gpu_count)"
_CONTAINERS = (
    "sum by (namespace) (container_cpu_allocation * on (node) group_left () max by (node) (node_cpu_hourly_cost))"
    " + sum by (namespace) (container_memory_allocation_bytes / 1024 / 1024 / 1024"
    " * on (node) group_left () max by (node) (node_ram_hourly_cost))"
)
_IDLE = (
    f"(1 - avg(DCGM_FI_DEV_GPU_UTIL{{{HELD}}}) / 100) * "
    "sum(container_gpu_allocation * on (node) group_left () max by (node) (node_gpu_hourly_cost))"
)

BOARD = Board(
    name="cost",
    title="Cost",
    text="What the cluster costs by list prices, who uses it, and what is paid for nothing.",
    rows=(
        Row(
            title="Now",
            panels=(
                number("An hour", Unit.USD, "All nodes.", _NODES),
                number("A month", Unit.USD, "If it went on like this.", f"{_NODES} * {HOURS_A_MONTH}"),
                number("GPUs an hour", Unit.USD, "The GPUs' part.", _GPUS),
                number(
                    "On spot",
                    Unit.SHARE,
                    "Share of the cost that is on spot.",
                    "sum(node_total_hourly_cost * on (node) group_left () max by (node) (kubecost_node_is_spot))"
                    f" / {_NODES}",
                ),
                number("Unused GPU time", Unit.USD, "An hour: GPUs that pods hold, by what they do not use.", _IDLE),
                number(
                    "A thousand predictions",
                    Unit.USD,
                    "The cluster's cost by what was answered; training is in it.",
                    f'{_NODES} / (sum(rate(rest_server_requests_total{{path=~".+/infer"}}[1h])) * 3600) * 1000',
                ),
            ),
        ),
        Row(
            title="Where it goes",
            panels=(
                graph(
                    "Cost of a month",
                    Unit.USD,
                    "All nodes for a month at the present rate. The budget is `monitoring.monthlyLimitUsd` of the"
                    " environment's settings; the alert CostBudgetLeaking fires above it.",
                    (f"{_NODES} * {HOURS_A_MONTH}", "at this rate"),
                    (f"max({BUDGET})", "budget"),
                ),
                graph(
                    "By instance type",
                    Unit.USD,
                    "An hour.",
                    ("sum by (instance_type) (node_total_hourly_cost)", "{{instance_type}}"),
                ),
                graph("By namespace", Unit.USD, "Processor and memory an hour.", (_CONTAINERS, "{{namespace}}")),
                graph(
                    "GPUs by namespace",
                    Unit.USD,
                    "An hour, by who holds them.",
                    (
                        "sum by (namespace) (container_gpu_allocation * on (node) group_left () "
                        "max by (node) (node_gpu_hourly_cost))",
                        "{{namespace}}",
                    ),
                ),
                graph(
                    "Against an hour before",
                    Unit.SHARE,
                    "What has changed; look for what was started then.",
                    (f"{_NODES} / sum(node_total_hourly_cost offset 1h) - 1", "change"),
                ),
                graph(
                    "Volumes and load balancers",
                    Unit.USD,
                    "Volumes: price of a GiB together. Load balancers: an hour.",
                    ("sum(pv_hourly_cost)", "volumes, a GiB"),
                    ("sum(kubecost_load_balancer_cost)", "load balancers"),
                ),
                graph(
                    "Idle GPUs",
                    Unit.NUMBER,
                    "GPUs that a pod holds and that did less than 5 % in the last half hour.",
                    (
                        f"count(avg_over_time(DCGM_FI_DEV_GPU_UTIL{{{HELD}}}[30m]) < 5) or vector(0)",
                        "idle",
                    ),
                ),
            ),
        ),
        Row(
            title="What could be smaller",
            panels=(
                graph(
                    "Cores used of those asked for",
                    Unit.SHARE,
                    "By namespace; a little is asked for too much.",
                    (
                        'sum by (namespace) (rate(container_cpu_usage_seconds_total{container!=""}[5m]))'
                        ' / sum by (namespace) (kube_pod_container_resource_requests{resource="cpu"})',
                        "{{namespace}}",
                    ),
                ),
                graph(
                    "Memory used of that asked for",
                    Unit.SHARE,
                    "By namespace.",
                    (
                        'sum by (namespace) (container_memory_working_set_bytes{container!=""})'
                        ' / sum by (namespace) (kube_pod_container_resource_requests{resource="memory"})',
                        "{{namespace}}",
                    ),
                ),
                graph(
                    "Nodes given back",
                    Unit.NUMBER,
                    "An hour, by how they were paid; none for long with low use is no consolidation.",
                    (
                        "sum by (capacity_type) (increase(karpenter_nodeclaims_terminated_total[1h]))",
                        "{{capacity_type}}",
                    ),
                ),
            ),
        ),
    ),
)
