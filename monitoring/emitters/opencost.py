"""OpenCost: what nodes and pods cost by the cloud's list prices."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="opencost",
    version="1.120.1",
    target_labels=TARGET,
    source="opencost/opencost, pkg/costmodel/metrics.go",
    heartbeat="node_total_hourly_cost",
)
_NODE = ("node", "instance", "instance_type", "region", "provider_id", "arch")
_CONTAINER = ("namespace", "pod", "container", "node", "instance")

METRICS = (
    EMITTER.gauge("node_total_hourly_cost", "USD/hour", "price of a node", *_NODE),
    EMITTER.gauge("node_cpu_hourly_cost", "USD/hour", "price of a core of a node", *_NODE),
    EMITTER.gauge("node_ram_hourly_cost", "USD/hour", "price of a GiB of a node", *_NODE),
    EMITTER.gauge("node_gpu_hourly_cost", "USD/hour", "price of a GPU of a node", *_NODE),
    EMITTER.gauge("node_gpu_count", "GPUs", "GPUs of a node", *_NODE),
    EMITTER.gauge("kubecost_node_is_spot", "0 or 1", "whether a node is spot", *_NODE),
    EMITTER.gauge(
        "pv_hourly_cost", "USD/hour", "price of a GiB of a volume", "persistentvolume", "volumename", "provider_id"
    ),
    EMITTER.gauge(
        "kubecost_load_balancer_cost", "USD/hour", "price of a load balancer", "ingress_ip", "namespace", "service_name"
    ),
    EMITTER.gauge(
        "container_cpu_allocation", "cores", "cores that a container asks for or uses, whichever is more", *_CONTAINER
    ),
    EMITTER.gauge(
        "container_memory_allocation_bytes",
        "bytes",
        "memory that a container asks for or uses, whichever is more",
        *_CONTAINER,
    ),
    EMITTER.gauge("container_gpu_allocation", "GPUs", "GPUs of a container", *_CONTAINER),
)
