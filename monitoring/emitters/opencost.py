"""OpenCost: what nodes and pods cost by the cloud's list prices.

It would emit metrics of kube-state-metrics too; `emitKsmV1Metrics: false` keeps them from being there twice.
"""

from monitoring.label import CONTAINER, INSTANCE, NAMESPACE, NODE, POD, REGION, TARGET, known, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="opencost",
    version="1.120.1",
    target_labels=TARGET,
    source="opencost/opencost, pkg/costmodel/metrics.go",
    heartbeat="node_total_hourly_cost",
)
_PROVIDER = named("provider_id", "i-00000000000000001", form=r".*")
_NODE = (
    NODE,
    INSTANCE,
    named("instance_type", "m7i.large"),
    REGION,
    _PROVIDER,
    known("arch", "amd64", "arm64", examples=("amd64",), source="kubernetes.io/arch of nodes of EKS"),
)
_CONTAINER = (NAMESPACE, POD, CONTAINER, NODE, INSTANCE)

METRICS = (
    EMITTER.gauge("node_total_hourly_cost", "USD/hour", "price of a node", *_NODE),
    EMITTER.gauge("node_cpu_hourly_cost", "USD/hour", "price of a core of a node", *_NODE),
    EMITTER.gauge("node_ram_hourly_cost", "USD/hour", "price of a GiB of a node", *_NODE),
    EMITTER.gauge("node_gpu_hourly_cost", "USD/hour", "price of a GPU of a node", *_NODE),
    EMITTER.gauge("node_gpu_count", "GPUs", "GPUs of a node", *_NODE),
    EMITTER.gauge("kubecost_node_is_spot", "0 or 1", "whether a node is spot", *_NODE),
    EMITTER.gauge(
        "pv_hourly_cost",
        "USD/hour",
        "price of a GiB of a volume",
        named("persistentvolume"),
        named("volumename"),
        _PROVIDER,
    ),
    EMITTER.gauge(
        "kubecost_load_balancer_cost",
        "USD/hour",
        "price of a load balancer",
        named("ingress_ip", "internal-a.elb.amazonaws.com"),
        NAMESPACE,
        named("service_name"),
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
