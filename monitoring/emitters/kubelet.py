"""The kubelets: what containers use, and how full volumes are."""

from monitoring.label import CONTAINER, NAMESPACE, NODE, POD, TARGET, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="kubelet",
    version="1.35",
    target_labels=(*TARGET, NODE),
    source="kubernetes/kubernetes, cAdvisor and volume statistics",
    heartbeat="container_cpu_usage_seconds_total",
)
_POD = (NAMESPACE, POD, CONTAINER)
"""The sum of a pod is a series too, without `container`."""
_IMAGE = named("image", "registry/model@sha256:0a1b", form=r".+")
_VOLUME = named("persistentvolumeclaim", "prometheus-0")

METRICS = (
    EMITTER.counter(
        "container_cpu_usage_seconds_total", "core seconds", "processor time of a container", *_POD, _IMAGE
    ),
    EMITTER.counter(
        "container_cpu_cfs_throttled_periods_total", "periods", "periods in which a container was held back", *_POD
    ),
    EMITTER.counter("container_cpu_cfs_periods_total", "periods", "periods in which a container could run", *_POD),
    EMITTER.gauge("container_memory_working_set_bytes", "bytes", "memory that a container needs", *_POD, _IMAGE),
    EMITTER.gauge("kubelet_volume_stats_available_bytes", "bytes", "room left on a volume", NAMESPACE, _VOLUME),
    EMITTER.gauge("kubelet_volume_stats_capacity_bytes", "bytes", "size of a volume", NAMESPACE, _VOLUME),
)
