"""kube-state-metrics: what the API server knows."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="kube-state-metrics",
    version="2.20.0",
    target_labels=TARGET,
    source="kubernetes/kube-state-metrics, docs/metrics",
    heartbeat="kube_node_info",
)

METRICS = (
    EMITTER.gauge("kube_node_info", "1", "a node", "node"),
    EMITTER.gauge("kube_node_status_condition", "0 or 1", "a condition of a node", "node", "condition", "status"),
    EMITTER.gauge(
        "kube_node_status_capacity", "cores, bytes or devices", "what a node has", "node", "resource", "unit"
    ),
    EMITTER.gauge(
        "kube_pod_owner",
        "1",
        "a pod and what made it",
        "namespace",
        "pod",
        "owner_kind",
        "owner_name",
        "owner_is_controller",
    ),
    EMITTER.gauge(
        "kube_pod_container_resource_requests",
        "cores, bytes or devices",
        "what a container asks for",
        "namespace",
        "pod",
        "container",
        "node",
        "resource",
        "unit",
    ),
    EMITTER.counter(
        "kube_pod_container_status_restarts_total",
        "restarts",
        "restarts of a container",
        "namespace",
        "pod",
        "container",
    ),
    EMITTER.gauge(
        "kube_pod_container_status_waiting_reason",
        "0 or 1",
        "why a container waits",
        "namespace",
        "pod",
        "container",
        "reason",
    ),
    EMITTER.gauge(
        "kube_job_failed", "0 or 1", "whether a job has failed for good", "namespace", "job_name", "condition"
    ),
    EMITTER.gauge("kube_job_status_active", "pods", "pods of a job that run or wait", "namespace", "job_name"),
    EMITTER.gauge(
        "kube_horizontalpodautoscaler_spec_max_replicas",
        "replicas",
        "most that an autoscaler may ask for",
        "namespace",
        "horizontalpodautoscaler",
    ),
    EMITTER.gauge(
        "kube_horizontalpodautoscaler_status_current_replicas",
        "replicas",
        "replicas there are",
        "namespace",
        "horizontalpodautoscaler",
    ),
)
