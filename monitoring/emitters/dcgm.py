"""NVIDIA's DCGM exporter: what the GPUs do."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="dcgm-exporter",
    version="4.8.2",
    target_labels=TARGET,
    source="NVIDIA/dcgm-exporter, etc/default-counters.csv",
    heartbeat="DCGM_FI_DEV_GPU_UTIL",
)
_GPU = ("gpu", "UUID", "device", "modelName", "Hostname")
"""Labels of a GPU; with `honorLabels` namespace, pod and container are those of the pod that has it."""

METRICS = (
    EMITTER.gauge("DCGM_FI_DEV_GPU_UTIL", "percent", "share of time in which a GPU did anything", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_FB_USED", "MiB", "memory in use", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_FB_FREE", "MiB", "memory that is free", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_GPU_TEMP", "degrees Celsius", "temperature", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_XID_ERRORS", "XID", "number of the last error; 0 is none", *_GPU),
    EMITTER.gauge("DCGM_FI_DEV_ROW_REMAP_FAILURE", "0 or 1", "memory that could not be repaired", *_GPU),
)
