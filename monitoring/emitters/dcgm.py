"""NVIDIA's DCGM exporter: what the GPUs do."""

from monitoring.label import TARGET, formed, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="dcgm-exporter",
    version="4.8.2",
    target_labels=TARGET,
    source="NVIDIA/dcgm-exporter 4.5.3-4.8.2, etc/default-counters.csv, internal/pkg/rendermetrics/render_metrics.go",
    heartbeat="DCGM_FI_DEV_GPU_UTIL",
)
_GPU = (
    formed("gpu", r"[0-9]+", "0", "1"),
    formed("UUID", r"GPU-[-0-9a-f]+", "GPU-0a1b"),
    formed("device", r"nvidia[0-9]+", "nvidia0"),
    named("modelName", "NVIDIA A10G", form=r"[\w -]+"),
    named("Hostname"),
)
"""Labels of a GPU. Of one that a pod has, `namespace`, `pod` and `container` are that pod's. Of one that no pod has,
they are those of the target, which is the exporter's own pod (internal/pkg/transformation/kubernetes.go)."""

METRICS = (
    EMITTER.gauge("DCGM_FI_DEV_GPU_UTIL", "percent", "share of time in which a GPU did anything", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_FB_USED", "MiB", "memory in use", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_FB_FREE", "MiB", "memory that is free", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_GPU_TEMP", "degrees Celsius", "temperature", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_XID_ERRORS", "XID", "number of the last error; 0 is none", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_ROW_REMAP_FAILURE", "0 or 1", "memory that could not be repaired", *_GPU),
)
