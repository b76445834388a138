"""What the charts run, as their templates see it: not as root, on a root that is read-only, limited, probed."""

from dataclasses import dataclass
from typing import Any

import pytest

from components.versions import CHARTS
from monitoring.emitters import dcgm
from tests.components.charts import merged
from tests.components.conftest import Recorder, Run
from tests.components.test_charts import OFF, document, images, released

TEMPLATE = None
"""The chart's template, or the operator that makes the pods, has it hard-coded."""


@dataclass(frozen=True)
class At:
    """Where the values of a chart have what confines a container."""

    pod: str | None = "podSecurityContext"
    container: str | None = "securityContext"
    resources: str = "resources"
    probes: tuple[str, ...] = ("livenessProbe", "readinessProbe")


def _apart(part: str, *probes: str) -> At:
    found = (f"{part}{name}" for name in ("securityContext", "containerSecurityContext", "resources"))
    return At(*found, probes=tuple(part + probe for probe in probes))


def _external_secrets(part: str) -> At:
    where = (f"{part}{name}" for name in (At.pod, At.container, At.resources))
    return At(*where, probes=tuple(part + probe for probe in At.probes))


def _keda(part: str, probed: str) -> At:
    where = (f"{name}.{part}" for name in (At.pod, At.container, At.resources))
    return At(*where, probes=tuple(f"{probed}.{probe}" for probe in At.probes))


def _operated(spec: str) -> At:
    return At(f"{spec}.securityContext", TEMPLATE, f"{spec}.resources", ())


WORKLOADS = {
    "argo-rollouts": {
        "controller.image": At(
            container="containerSecurityContext",
            resources="controller.resources",
            probes=("controller.livenessProbe", "controller.readinessProbe"),
        )
    },
    "aws-load-balancer-controller": {"image": At()},
    "cert-manager": {
        "image": _apart("", "livenessProbe"),
        "webhook.image": _apart("webhook.", "livenessProbe", "readinessProbe"),
        # It listens nowhere: nothing could be asked. It ends itself when it loses its lease.
        "cainjector.image": _apart("cainjector."),
        # A hook that ends.
        "startupapicheck.image": _apart("startupapicheck."),
    },
    # Probes: the template has the paths, the values have only how often.
    "dcgm-exporter": {"image": At()},
    "external-secrets": {f"{part}image": _external_secrets(part) for part in ("", "webhook.", "certController.")},
    "karpenter": {"controller.image": At(TEMPLATE, TEMPLATE, "controller.resources", ())},
    "keda": {
        "image.keda": _keda("operator", "operator"),
        "image.metricsApiServer": _keda("metricServer", "metricsServer"),
        "image.webhooks": _keda("webhooks", "webhooks"),
    },
    "kube-prometheus-stack": {
        "alertmanager.alertmanagerSpec.image": _operated("alertmanager.alertmanagerSpec"),
        "kube-state-metrics.image": _apart("kube-state-metrics.", *At.probes),
        "prometheus-node-exporter.image": _apart("prometheus-node-exporter.", *At.probes),
        "prometheusOperator.image": _apart("prometheusOperator.", *At.probes),
        # In the pods of the two that the operator makes.
        "prometheusOperator.prometheusConfigReloader.image": At(
            TEMPLATE, TEMPLATE, "prometheusOperator.prometheusConfigReloader.resources", ()
        ),
        "prometheus.prometheusSpec.image": _operated("prometheus.prometheusSpec"),
    },
    "kueue": {
        "controllerManager.manager.image": At(
            "controllerManager.manager.podSecurityContext",
            "controllerManager.manager.containerSecurityContext",
            "controllerManager.manager.resources",
            ("controllerManager.livenessProbe", "controllerManager.readinessProbe"),
        )
    },
    "metrics-server": {"image": At()},
    "mlflow": {"image": At()},
    # Its chart knows no probes: the kubelet has the plugin's socket, and counts no GPU when that is gone.
    "nvidia-device-plugin": {"image": At(probes=())},
    "opencost": {
        "opencost.exporter.image": At(
            container="opencost.exporter.securityContext",
            resources="opencost.exporter.resources",
            probes=("opencost.exporter.livenessProbe", "opencost.exporter.readinessProbe"),
        )
    },
}
"""Chart to image to where the values confine its container."""
NOT_RUN = {"cert-manager": {"acmesolver.image"}, "opencost": {"opencost.ui.image"}}
"""Images that nothing here starts: no certificate is asked of an ACME server, no user interface is on."""
ROOT = {"dcgm-exporter", "nvidia-device-plugin"}
"""They talk to the kubelet on sockets that are root's."""


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_container_of_a_chart_is_confined(chart: Any, recorder: Recorder, run: Run) -> None:
    values = merged(document(chart)["values"], released(chart, recorder, run))
    started = {path for path, _ in images(values) if not path.startswith(OFF.get(chart.name, ("~",)))}
    workloads = WORKLOADS.get(chart.name, {})
    assert started - NOT_RUN.get(chart.name, set()) == set(workloads)
    wrong = {image: found for image, where in workloads.items() if (found := list(loose(values, where)))}
    assert wrong == ({"image": ["root"]} if chart.name in ROOT else {})


def loose(values: dict[str, Any], where: At) -> Any:
    """What a container is not held by."""
    pod, container = ({} if path is None else at(values, path) for path in (where.pod, where.container))
    if where.pod is not TEMPLATE and not {**pod, **container}.get("runAsNonRoot"):
        yield "root"
    if where.container is not TEMPLATE:
        if container.get("readOnlyRootFilesystem") is not True:
            yield "writes to its root"
        if container.get("allowPrivilegeEscalation") is not False:
            yield "escalation"
        if container.get("capabilities", {}).get("add"):
            yield "capabilities"
    if "memory" not in at(values, where.resources).get("limits", {}):
        yield "no limit"
    for path in where.probes:
        probe = at(values, path)
        if not probe or probe.get("enabled") is False:
            yield path


def at(values: dict[str, Any], path: str) -> dict[str, Any]:
    """What is at a path of values, or nothing."""
    for key in path.split("."):
        values = values.get(key) or {}
    return values


def test_what_is_not_confined_is_told() -> None:
    root = {"securityContext": {"runAsUser": 0, "capabilities": {"add": ["SYS_ADMIN"]}}}
    told = ["root", "writes to its root", "escalation", "capabilities", "no limit", "livenessProbe", "readinessProbe"]
    assert list(loose(root, At())) == told


def test_the_exporter_of_gpus_reads_what_is_in_the_catalogue_and_needs_no_rights_for_it(
    recorder: Recorder, run: Run
) -> None:
    (chart,) = (chart for chart in CHARTS if chart.name == "dcgm-exporter")
    values = released(chart, recorder, run)
    (counters,) = values["podAnnotations"].values()
    read = [line.split(",")[0] for line in counters.splitlines()]
    assert {metric.name for metric in dcgm.METRICS} <= set(read)
    # Fields of profiling are refused to who has no CAP_SYS_ADMIN, and the exporter ends.
    assert not [field for field in read if "_PROF_" in field]


def test_the_exporter_of_gpus_is_given_its_counters_as_a_file(recorder: Recorder, run: Run) -> None:
    (chart,) = (chart for chart in CHARTS if chart.name == "dcgm-exporter")
    values = released(chart, recorder, run)
    ((annotation, counters),) = values["podAnnotations"].items()
    (volume,), (mount,) = values["extraConfigMapVolumes"], values["extraVolumeMounts"]
    (item,) = volume["downwardAPI"]["items"]
    assert item["fieldRef"]["fieldPath"] == f"metadata.annotations['{annotation}']"
    assert volume["name"] == mount["name"]
    assert values["arguments"] == ["-f", f"{mount['mountPath']}/{item['path']}"]
    # DCGM field, type, help: what the exporter takes a line apart into.
    assert {len(line.split(",")) for line in counters.splitlines()} == {3}
