"""What watches models for drift in the cluster, as plain data: two programs, who reaches them, whom they reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components._kubernetes import LOCKED
from components._tenant_documents import POD_IDENTITY_AGENT

Document = dict[str, Any]
NAME = "app.kubernetes.io/name"
USER = 1000
"""User and group of every container."""
_NAMESPACE = "kubernetes.io/metadata.name"
_ALERTMANAGER, _PROMETHEUS = {NAME: "alertmanager"}, {NAME: "prometheus"}
"""Labels that the chart of the monitoring gives their pods."""


@dataclass(frozen=True)
class Program:
    """One of the platform's programs.

    Attributes:
        name: Of its Deployment, its service account and its label.
        module: The Python module that runs.
        port: Where it serves.
        probe: The path that says it does.
        memory: What it may have.
        callers: Labels of the pods that may call it, in the monitoring's namespace.
    """

    name: str
    module: str
    port: int
    probe: str
    memory: str
    callers: Mapping[str, str]


EXPORTER = Program("drift-exporter", "workloads.drift", 9109, "/metrics", "2Gi", _PROMETHEUS)
WEBHOOK = Program("retraining-webhook", "workloads.alerts", 8080, "/healthz", "256Mi", _ALERTMANAGER)


def deployment(program: Program, image: str, variables: Mapping[str, Any]) -> Document:
    """Spec of a Deployment with one pod: a second exporter would say everything twice."""
    probe = {"httpGet": {"path": program.probe, "port": "http"}, "timeoutSeconds": 5}
    container = {
        "name": program.name,
        "image": image,
        "command": ["python", "-m", program.module],
        "env": [{"name": name, "value": value} for name, value in {"HOME": "/tmp", **variables}.items()],
        "ports": [{"name": "http", "containerPort": program.port}],
        # Its libraries take a while to load on a busy node.
        "startupProbe": {**probe, "periodSeconds": 5, "failureThreshold": 36},
        "readinessProbe": {**probe, "periodSeconds": 10},
        "livenessProbe": {**probe, "periodSeconds": 20},
        "resources": {"requests": {"cpu": "100m", "memory": program.memory}, "limits": {"memory": program.memory}},
        "securityContext": LOCKED,
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }
    pod = {
        "serviceAccountName": program.name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}],
    }
    return {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": {NAME: program.name}},
        "template": {"metadata": {"labels": {NAME: program.name}}, "spec": pod},
    }


def network_policy(program: Program, monitoring: str, https_cidrs: Sequence[Any]) -> Document:
    """Spec of a NetworkPolicy: in from its one caller, out to DNS, credentials and TLS of the given networks."""
    dns = {**_from("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    caller = {**_from(monitoring), "podSelector": {"matchLabels": dict(program.callers)}}
    ways = [
        {"to": [dns], "ports": [_port(53, "UDP"), _port(53)]},
        {"to": [{"ipBlock": {"cidr": POD_IDENTITY_AGENT}}], "ports": [_port(80)]},
        *(
            [{"to": [{"ipBlock": {"cidr": cidr}} for cidr in https_cidrs], "ports": [_port(443)]}]
            if https_cidrs
            else []
        ),
    ]
    return {
        "podSelector": {"matchLabels": {NAME: program.name}},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [caller], "ports": [_port(program.port)]}],
        "egress": ways,
    }


def default_deny() -> Document:
    """Spec of a NetworkPolicy for whatever else would come to run there."""
    return {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def service(program: Program) -> Document:
    """Spec of a Service inside the cluster."""
    return {"selector": {NAME: program.name}, "ports": [{"name": "http", "port": program.port, "targetPort": "http"}]}


def pod_monitor(program: Program) -> Document:
    """Spec of a PodMonitor; the labels of a verdict say which model it is about, not the exporter's pod."""
    return {
        "selector": {"matchLabels": {NAME: program.name}},
        "podMetricsEndpoints": [{"port": "http", "honorLabels": True}],
    }


def _from(namespace: str) -> Document:
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}}}


def _port(number: int, protocol: str = "TCP") -> Document:
    return {"port": number, "protocol": protocol}
