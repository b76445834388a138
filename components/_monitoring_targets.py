"""What Prometheus scrapes besides what its chart finds, as plain data.

Labels of a metric win over those of its target (`honorLabels`): a GPU's metric names the pod that has the GPU, not the
exporter's, and a verdict on drift names the model that it is about.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from components._monitoring_values import NAMESPACE

API = "monitoring.coreos.com/v1"
MODEL, VERSION = "ml-platform/model", "ml-platform/version"
"""Labels of the pods of a model service; metrics of these pods carry them as `model` and `version`."""
CHECKPOINTS = "ml-platform/checkpoints"
"""Label of the pods of a training job that say when they saved."""
_NAME = "app.kubernetes.io/name"
_PODS = {
    "argo-rollouts": ("argo-rollouts", {_NAME: "argo-rollouts"}, "metrics"),
    "cert-manager": ("cert-manager", {"app.kubernetes.io/instance": "cert-manager"}, "http-metrics"),
    "dcgm-exporter": ("nvidia", {_NAME: "dcgm-exporter"}, "metrics"),
    "external-secrets": ("external-secrets", {_NAME: "external-secrets"}, "metrics"),
    "karpenter": ("kube-system", {_NAME: "karpenter"}, "http-metrics"),
    "keda": ("keda", {"app": "keda-operator"}, "metrics"),
}
"""Name to the namespace of the pods, their labels, and the port that has their metrics. MLflow and the drift monitor
bring a monitor of their own, as MLflow wants credentials."""


def monitors(labels: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Every monitor; one whose pods are not there finds nothing, and says nothing."""
    for name, (namespace, selected, port) in _PODS.items():
        yield _monitor("PodMonitor", name, labels, _pods(namespace, selected, port))
    yield _monitor("ServiceMonitor", "kueue", labels, _kueue())
    yield _monitor("PodMonitor", "model-services", labels, _models())
    yield _monitor("PodMonitor", "checkpoints", labels, _checkpoints())


def _monitor(kind: str, name: str, labels: Mapping[str, str], spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": NAMESPACE, "labels": dict(labels)}
    return {"apiVersion": API, "kind": kind, "metadata": metadata, "spec": spec}


def _pods(namespace: str, selected: Mapping[str, str], port: str) -> dict[str, Any]:
    return {
        "namespaceSelector": {"matchNames": [namespace]},
        "selector": {"matchLabels": dict(selected)},
        "podMetricsEndpoints": [{"port": port, "honorLabels": True}],
    }


def _kueue() -> dict[str, Any]:
    """Kueue asks the API server who may read; its certificate is its own."""
    return {
        "namespaceSelector": {"matchNames": ["kueue-system"]},
        # The Services of its webhooks and of its API have the other labels too.
        "selector": {"matchLabels": {"app.kubernetes.io/component": "metrics-service"}},
        "endpoints": [
            {
                "port": "https",
                "scheme": "https",
                "honorLabels": True,
                "bearerTokenFile": "/var/run/secrets/kubernetes.io/serviceaccount/token",
                "tlsConfig": {"insecureSkipVerify": True},
            }
        ],
    }


def _models() -> dict[str, Any]:
    """Pods of model services of every team, by their label."""
    renamed = {MODEL: "model", VERSION: "version", _NAME: "service"}
    relabelings: list[dict[str, Any]] = [
        {"sourceLabels": [f"__meta_kubernetes_pod_label_{_plain(label)}"], "targetLabel": wanted}
        for label, wanted in renamed.items()
    ]
    # A candidate has the model's label too, and what it does is not what the service does.
    relabelings.append(
        {"sourceLabels": ["service"], "regex": ".+-candidate", "targetLabel": "role", "replacement": "candidate"}
    )
    return {
        "namespaceSelector": {"any": True},
        "selector": {"matchExpressions": [{"key": MODEL, "operator": "Exists"}]},
        "podMetricsEndpoints": [{"port": "metrics", "honorLabels": True, "relabelings": relabelings}],
    }


def _checkpoints() -> dict[str, Any]:
    """Pods of every team whose program has the clock of `workloads.checkpoints`."""
    return {
        "namespaceSelector": {"any": True},
        "selector": {"matchExpressions": [{"key": CHECKPOINTS, "operator": "Exists"}]},
        "podMetricsEndpoints": [{"port": "checkpoints", "honorLabels": True}],
    }


def _plain(label: str) -> str:
    """A label's name as Prometheus has it."""
    return "".join(char if char.isalnum() else "_" for char in label)
