"""kube-state-metrics: what the API server knows."""

from monitoring.label import (
    CONDITION,
    CONTAINER,
    NAMESPACE,
    NODE,
    POD,
    STATUS,
    TARGET,
    Label,
    formed,
    known,
    named,
)
from monitoring.metric import Emitter

_SOURCE = "kubernetes/kube-state-metrics v2.20.0, internal/store"
EMITTER = Emitter(
    name="kube-state-metrics",
    version="2.20.0",
    target_labels=TARGET,
    source=f"{_SOURCE}, docs/metrics",
    heartbeat="kube_node_info",
)
_OF_POD = (NAMESPACE, POD, named("uid"))
_OF_CONTAINER = (*_OF_POD, CONTAINER)
_JOB = named("job_name", "train-a", "train-b")
_SCALER = named("horizontalpodautoscaler", "keda-hpa-fraud")
_RESOURCE = formed(
    "resource",
    r"[a-z0-9_]+",
    *("cpu", "memory", "nvidia_com_gpu"),
    source=f"{_SOURCE}/utils.go: `_` for what no label may have",
)
_UNIT = known("unit", "core", "byte", "integer", source="kubernetes/kube-state-metrics v2.20.0, pkg/constant/unit.go")
_OF_NODE = known(
    "condition",
    *("Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"),
    *("KernelReady", "ContainerRuntimeReady", "StorageReady", "NetworkingReady", "AcceleratedHardwareReady"),
    examples=("Ready", "MemoryPressure", "DiskPressure", "PIDPressure"),
    source="kubernetes/api v0.36, core/v1/types.go; aws/eks-node-monitoring-agent, README.md",
)
_WAITING = known(
    "reason",
    *("CrashLoopBackOff", "ContainerCreating", "PodInitializing", "ErrImagePull", "ImagePullBackOff"),
    *("ErrImageNeverPull", "InvalidImageName", "ImageInspectError", "RegistryUnavailable"),
    *("SignatureValidationFailed", "CreateContainerConfigError", "CreateContainerError", "PreCreateHookError"),
    *("PreStartHookError", "PostStartHookError", "RunContainerError"),
    examples=("CrashLoopBackOff",),
    source="kubernetes v1.36.3, pkg/kubelet/container/sync_result.go, images/types.go, kuberuntime/*.go",
)
_ENDED = known(
    "reason",
    *("OOMKilled", "Completed", "Error", "ContainerCannotRun", "StartError", "DeadlineExceeded", "Evicted"),
    *("ContainerStatusUnknown", "Unknown"),
    examples=("OOMKilled", "Completed", "Error"),
    source="containerd v2, internal/cri/server/events.go and types; kubernetes v1.36.3, pkg/kubelet",
)
_OWNER: tuple[Label, ...] = (
    formed("owner_kind", r"[A-Z][A-Za-z]+", "Job", "ReplicaSet", "StatefulSet", "DaemonSet", "Node"),
    named("owner_name", "train-a"),
    known("owner_is_controller", "true", "false", examples=("true",), source=f"{_SOURCE}/pod.go"),
)

METRICS = (
    EMITTER.gauge(
        "kube_node_info",
        "1",
        "a node",
        NODE,
        *(
            named(name, form=r".*")
            for name in (
                *("kernel_version", "os_image", "container_runtime_version", "kubelet_version"),
                *("kubeproxy_version", "pod_cidr", "provider_id", "system_uuid", "internal_ip"),
            )
        ),
    ),
    EMITTER.gauge("kube_node_status_condition", "0 or 1", "a condition of a node", NODE, _OF_NODE, STATUS),
    EMITTER.gauge("kube_node_status_capacity", "cores, bytes or devices", "what a node has", NODE, _RESOURCE, _UNIT),
    EMITTER.gauge("kube_pod_owner", "1", "a pod and what made it", *_OF_POD, *_OWNER),
    EMITTER.gauge("kube_pod_status_ready", "0 or 1", "whether a pod is ready", *_OF_POD, CONDITION),
    EMITTER.gauge(
        "kube_pod_container_resource_requests",
        "cores, bytes or devices",
        "what a container asks for",
        *_OF_CONTAINER,
        NODE,
        _RESOURCE,
        _UNIT,
    ),
    EMITTER.counter(
        "kube_pod_container_status_restarts_total",
        "restarts",
        "restarts of a container",
        *_OF_CONTAINER,
    ),
    EMITTER.gauge(
        "kube_pod_container_status_waiting_reason",
        "1",
        "why a container waits; there only while it does, and not while it runs",
        *_OF_CONTAINER,
        _WAITING,
    ),
    EMITTER.gauge(
        "kube_pod_init_container_status_waiting_reason",
        "1",
        "why an init container waits; there only while it does, and not while it runs",
        *_OF_CONTAINER,
        _WAITING,
    ),
    EMITTER.gauge(
        "kube_pod_container_status_last_terminated_reason",
        "1",
        "why a container ended the last time",
        *_OF_CONTAINER,
        _ENDED,
    ),
    EMITTER.gauge("kube_job_failed", "0 or 1", "whether a job has failed for good", NAMESPACE, _JOB, CONDITION),
    EMITTER.gauge("kube_job_status_active", "pods", "pods of a job that run or wait", NAMESPACE, _JOB),
    EMITTER.gauge(
        "kube_horizontalpodautoscaler_spec_min_replicas",
        "replicas",
        "least that an autoscaler may ask for",
        NAMESPACE,
        _SCALER,
    ),
    EMITTER.gauge(
        "kube_horizontalpodautoscaler_spec_max_replicas",
        "replicas",
        "most that an autoscaler may ask for",
        NAMESPACE,
        _SCALER,
    ),
    EMITTER.gauge(
        "kube_horizontalpodautoscaler_status_current_replicas",
        "replicas",
        "replicas there are",
        NAMESPACE,
        _SCALER,
    ),
)
