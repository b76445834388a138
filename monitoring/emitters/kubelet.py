"""The kubelets: what containers use, and how full volumes are."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="kubelet",
    version="1.35",
    target_labels=(*TARGET, "node"),
    source="kubernetes/kubernetes, cAdvisor and volume statistics",
    heartbeat="container_cpu_usage_seconds_total",
)

METRICS = (
    EMITTER.counter(
        "container_cpu_usage_seconds_total",
        "core seconds",
        "processor time of a container",
        "namespace",
        "pod",
        "container",
        "image",
    ),
    EMITTER.counter(
        "container_cpu_cfs_throttled_periods_total",
        "periods",
        "periods in which a container was held back",
        "namespace",
        "pod",
        "container",
    ),
    EMITTER.counter(
        "container_cpu_cfs_periods_total",
        "periods",
        "periods in which a container could run",
        "namespace",
        "pod",
        "container",
    ),
    EMITTER.gauge(
        "container_memory_working_set_bytes",
        "bytes",
        "memory that a container needs",
        "namespace",
        "pod",
        "container",
        "image",
    ),
    EMITTER.gauge(
        "kubelet_volume_stats_available_bytes", "bytes", "room left on a volume", "namespace", "persistentvolumeclaim"
    ),
    EMITTER.gauge(
        "kubelet_volume_stats_capacity_bytes", "bytes", "size of a volume", "namespace", "persistentvolumeclaim"
    ),
)
