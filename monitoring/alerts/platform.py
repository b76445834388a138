"""The platform itself: what must be there, be saved, be renewed, and be able to say so."""

from typing import Any

from monitoring.catalogue import EMITTERS
from monitoring.rule import Alert, Group, Missing, Owner, Severity
from monitoring.watched import Watched

GPU_NODES = 'sum(kube_node_status_capacity{resource="nvidia_com_gpu"}) > 0'
"""The GPU exporter runs where GPUs are, and pools shrink to nothing."""
WAITING = ("kube_pod_container_status_waiting_reason", "kube_pod_init_container_status_waiting_reason")
CONTAINER = "namespace, pod, container"
NAMED = "{{ $labels.namespace }}/{{ $labels.name }}"
TICKET: dict[str, Any] = {
    "severity": Severity.TICKET,
    "owner": Owner.PLATFORM,
    "missing": Missing.SILENT,
    "noticed": "EmitterMissing",
}
"""What most alerts of the platform have."""


def _gone(heartbeat: str, emitter: str) -> str:
    condition = f" and on () {GPU_NODES}" if heartbeat.startswith("DCGM") else ""
    return f'label_replace(absent({heartbeat}){condition}, "emitter", "{emitter}", "", "")'


def _watching(watched: Watched) -> tuple[Alert, ...]:
    """Whether what watches works."""
    known = {module.EMITTER.name: module.EMITTER for module in EMITTERS}
    if unknown := [name for name in watched.emitters if not (name in known and known[name].heartbeat)]:
        allowed = ", ".join(name for name, emitter in known.items() if emitter.heartbeat)
        raise ValueError(f"emitters = {', '.join(unknown)}: allowed: {allowed}")
    gone = [_gone(known[name].heartbeat, name) for name in watched.emitters]
    return (
        Alert(
            name="Watchdog",
            expr="vector(1)",
            severity=Severity.INFO,
            owner=Owner.PLATFORM,
            summary="always fires ({{ $value }}): while it does not arrive, no alert gets through",
            missing=Missing.FIRES,
        ),
        *(
            (
                Alert(
                    name="EmitterMissing",
                    expr=" or ".join(gone),
                    wait="15m",
                    severity=Severity.TICKET,
                    owner=Owner.PLATFORM,
                    summary="{{ $labels.emitter }} says nothing any more ({{ $value }}): its alerts are blind",
                    missing=Missing.FIRES,
                ),
            )
            if gone
            else ()
        ),
        Alert(
            name="TargetsDown",
            expr='avg by (namespace, job) (up{model=""}) < 0.9',
            wait="10m",
            summary="{{ $labels.namespace }}/{{ $labels.job }}: {{ $value | humanizePercentage }} of targets answer",
            **TICKET,
        ),
        Alert(
            name="RulesFailing",
            expr="sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[10m])) > 0",
            wait="10m",
            summary="{{ $value | humanize }} evaluations of {{ $labels.rule_group }} failed: its alerts are blind",
            **TICKET,
        ),
        Alert(
            name="NotificationsFailing",
            expr="sum by (integration) (increase(alertmanager_notifications_failed_total[15m])) > 0",
            wait="10m",
            severity=Severity.PAGE,
            owner=Owner.PLATFORM,
            summary="{{ $value | humanize }} notifications by {{ $labels.integration }} did not get through",
            missing=Missing.SILENT,
            noticed="EmitterMissing",
        ),
    )


def _kept(watched: Watched) -> tuple[Alert, ...]:
    """Whether what must not be lost is kept, and what must be renewed is renewed."""
    bounds = watched.thresholds
    return (
        Alert(
            name="CertificateExpiring",
            expr="min by (namespace, name) (certmanager_certificate_expiration_timestamp_seconds) - time()"
            f" < {bounds.certificate_days * 86400:g}",
            wait="1h",
            summary=f"certificate {NAMED} ends in {{{{ $value | humanizeDuration }}}} and was not renewed",
            **TICKET,
        ),
        Alert(
            name="CertificateNotReady",
            expr='max by (namespace, name) (certmanager_certificate_ready_status{condition="True"}) == 0',
            wait="30m",
            summary=f"certificate {NAMED} is not issued (ready: {{{{ $value }}}})",
            **TICKET,
        ),
        Alert(
            name="SecretSyncFailing",
            expr='max by (namespace, name) (externalsecret_status_condition{condition="Ready", status="False"}) == 1',
            wait="15m",
            summary=f"{{{{ $value }}}} secret is not what Secrets Manager has: {NAMED}",
            **TICKET,
        ),
        Alert(
            name="VolumeFilling",
            expr="min by (namespace, persistentvolumeclaim) (kubelet_volume_stats_available_bytes"
            f" / kubelet_volume_stats_capacity_bytes) < {bounds.volume_free:g}",
            wait="15m",
            summary="{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }}:"
            " {{ $value | humanizePercentage }} free",
            **TICKET,
        ),
    )


def _working(watched: Watched) -> tuple[Alert, ...]:
    """Whether controllers, nodes and servers work."""
    return (
        Alert(
            name="ScalerFailing",
            expr="sum by (namespace, scaledObject) (increase(keda_scaled_object_errors_total[15m])) > 3",
            wait="5m",
            summary="{{ $labels.namespace }}/{{ $labels.scaledObject }}: {{ $value | humanize }} errors of scaling",
            **TICKET,
        ),
        Alert(
            name="PodCrashLooping",
            # While the container runs for a moment, the series is not there.
            expr=" or ".join(
                f'max by ({CONTAINER}) (max_over_time({name}{{reason="CrashLoopBackOff"}}[5m])) == 1'
                for name in WAITING
            ),
            wait="15m",
            summary="{{ $labels.namespace }}/{{ $labels.pod }}: {{ $value }} container ends again and again:"
            " {{ $labels.container }}",
            **TICKET,
        ),
        Alert(
            name="ContainerOutOfMemory",
            expr=f"sum by ({CONTAINER}) (increase(kube_pod_container_status_restarts_total[15m])) > 0"
            f" and max by ({CONTAINER})"
            ' (kube_pod_container_status_last_terminated_reason{reason="OOMKilled"}) == 1',
            summary="{{ $labels.namespace }}/{{ $labels.pod }}: {{ $labels.container }} was ended for want of memory,"
            " {{ $value | humanize }} times",
            **TICKET,
        ),
        Alert(
            name="NodeUnderPressure",
            expr="max by (node, condition)"
            ' (kube_node_status_condition{condition=~"DiskPressure|MemoryPressure|PIDPressure", status="true"}) == 1',
            wait="10m",
            summary="{{ $labels.node }}: {{ $labels.condition }} ({{ $value }}), the kubelet evicts pods",
            **TICKET,
        ),
        Alert(
            name="NodeNotReady",
            expr='max by (node) (kube_node_status_condition{condition="Ready", status="true"}) == 0',
            wait="10m",
            summary="{{ $labels.node }}: not ready ({{ $value }}) for ten minutes",
            **TICKET,
        ),
        Alert(
            name="RegistryFailing",
            expr='sum(rate(mlflow_http_request_total{status=~"5.."}[10m]))'
            " / sum(rate(mlflow_http_request_total[10m])) > 0.05",
            wait="10m",
            summary="MLflow fails {{ $value | humanizePercentage }} of requests",
            **{**TICKET, "noticed": "TargetsDown"},
        ),
    )


def group(watched: Watched) -> Group:
    """Alerts of the platform."""
    return Group(name="platform", alerts=(*_watching(watched), *_kept(watched), *_working(watched)))
