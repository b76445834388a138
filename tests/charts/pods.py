"""The pods of the charts, as facts have them: of every workload, and of what an operator makes workloads of."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from components.versions import CHARTS
from tests.charts.facts import facts

MAKERS = ("DaemonSet", "Deployment", "Job", "StatefulSet")
OPERATED = ("Alertmanager", "Prometheus")
"""Custom resources that the Prometheus operator makes StatefulSets of."""


class Workload(NamedTuple):
    """What makes pods."""

    chart: str
    kind: str
    namespace: str
    name: str
    replicas: int
    labels: Mapping[str, str]
    """Labels of its pods."""
    spec: Mapping[str, Any]
    """Spec of its pods."""

    @property
    def title(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def containers(self) -> list[dict[str, Any]]:
        """Containers, those that run first included."""
        return [*self.spec["containers"], *(self.spec.get("initContainers") or [])]

    def ports(self) -> dict[str, int]:
        """Names of ports to numbers."""
        found = [port for one in self.containers for port in one.get("ports") or []]
        return {port.get("name", str(port["containerPort"])): port["containerPort"] for port in found}


def objects(environment: str, *kinds: str, chart: str = "") -> Iterator[dict[str, Any]]:
    """Objects of all releases, or of one chart's; of these kinds, or of all."""
    for one in CHARTS:
        if chart in ("", one.name):
            yield from (found for found in facts(one.name).objects[environment] if not kinds or found["kind"] in kinds)


def workloads(environment: str) -> Iterator[Workload]:
    """Everything that makes pods for the charts."""
    for chart in CHARTS:
        for one in objects(environment, *MAKERS, chart=chart.name):
            template = one["spec"]["template"]
            yield _workload(chart.name, one, template["metadata"].get("labels", {}), template["spec"])
        for one in objects(environment, *OPERATED, chart=chart.name):
            yield _workload(
                chart.name, {**one, "kind": "StatefulSet"}, _operated_labels(one), _operated(environment, one)
            )


def _workload(chart: str, one: Mapping[str, Any], labels: Mapping[str, str], spec: Mapping[str, Any]) -> Workload:
    metadata = one["metadata"]
    replicas = one["spec"].get("replicas") or 1
    return Workload(chart, one["kind"], metadata["namespace"], metadata["name"], replicas, labels, spec)


def _operated_labels(one: Mapping[str, Any]) -> dict[str, str]:
    """Labels of pods that the operator makes (prometheus-operator v0.93.1, `makeSelectorLabels` of both kinds)."""
    kind, name = one["kind"].lower(), one["metadata"]["name"]
    own = {"Alertmanager": "alertmanager", "Prometheus": "operator.prometheus.io/name"}[one["kind"]]
    shared = {"app.kubernetes.io/name": kind, "app.kubernetes.io/instance": name}
    return {**shared, "app.kubernetes.io/managed-by": "prometheus-operator", kind: name, own: name}


def selected(environment: str, namespace: str, labels: Mapping[str, str]) -> list[Workload]:
    """Workloads whose pods a selector finds."""
    return [
        one for one in workloads(environment) if one.namespace == namespace and labels.items() <= one.labels.items()
    ]


def _operated(environment: str, one: Mapping[str, Any]) -> dict[str, Any]:
    """Spec of the pods that the operator makes: the program, and a reloader with what the operator's arguments say."""
    spec, kind = one["spec"], one["kind"].lower()
    reloader = _reloader(environment)
    shared = ("affinity", "automountServiceAccountToken", "nodeSelector", "securityContext", "serviceAccountName")
    shared += ("tolerations",)
    return {
        **{key: spec[key] for key in shared if key in spec},
        "containers": [
            {
                "name": kind,
                "image": spec["image"],
                "ports": [{"name": spec["portName"], "containerPort": _WEB[one["kind"]]}],
                "resources": spec["resources"],
                "securityContext": _LOCKED,
            },
            {"name": "config-reloader", "ports": [{"name": "reloader-web", "containerPort": 8080}], **reloader},
        ],
        "initContainers": [{"name": "init-config-reloader", **reloader}],
    }


_WEB = {"Alertmanager": 9093, "Prometheus": 9090}
_LOCKED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
"""What the operator gives every container of its pods (prometheus-operator v0.93, pkg/prometheus/server/statefulset.go,
pkg/operator/config_reloader.go)."""


def _reloader(environment: str) -> dict[str, Any]:
    (operator,) = (
        container
        for one in objects(environment, "Deployment", chart="kube-prometheus-stack")
        for container in one["spec"]["template"]["spec"]["containers"]
        if any("--prometheus-config-reloader=" in text for text in container.get("args") or [])
    )
    given = dict(text.removeprefix("--").partition("=")[::2] for text in operator["args"])
    wanted = {"requests": "request", "limits": "limit"}
    sizes = {
        kind: {
            what: given[key]
            for what in ("cpu", "memory")
            if given.get(key := f"config-reloader-{what}-{word}", "0") != "0"
        }
        for kind, word in wanted.items()
    }
    return {"image": given["prometheus-config-reloader"], "resources": sizes, "securityContext": _LOCKED}
