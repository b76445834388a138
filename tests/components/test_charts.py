"""The charts that the platform installs: known values, known versions, and every image by its digest."""

import json
from pathlib import Path
from typing import Any

import pytest

from components import ClusterAddons, ModelRegistry, Monitoring, TrainingQueue
from components.versions import CHARTS
from tests.components.charts import merged
from tests.components.conftest import Recorder, Run
from tests.components.samples import sample

VALUES = Path(__file__).parents[2] / "../shared/chart-values"
FREE = {
    "aws-load-balancer-controller": {
        "defaultTags",
        "podDisruptionBudget",
        "podSecurityContext",
        "securityContext",
        "resources",
        "controllerConfig.featureGates",
    },
    # Not among its values, but in its schema.
    "cert-manager": {f"{part}image" for part in ("", "webhook.", "cainjector.", "acmesolver.", "startupapicheck.")},
    "dcgm-exporter": {"podAnnotations", "securityContext"},
    # The values of Grafana's own chart are not beside the project: tests/components/test_monitoring.py has its keys.
    "kube-prometheus-stack": {"grafana"},
    "mlflow": {"podSecurityContext"},
}
"""Maps of a chart whose keys are the user's own, though their default is not empty."""
OFF = {
    "argo-rollouts": ("dashboard.",),
    "kube-prometheus-stack": (
        "crds.upgradeJob.",
        "kube-state-metrics.kubeRBACProxy.",
        "prometheus-node-exporter.kubeRBACProxy.",
        "prometheus-node-exporter.permissionInitContainer.",
        "prometheusOperator.admissionWebhooks.",
        "prometheusOperator.thanosImage",
        "thanosRuler.",
    ),
    "kueue": ("kueueViz.",),
    "metrics-server": ("addonResizer.",),
    "mlflow": ("initImages.", "mysql.", "oauth2Proxy.", "postgresql."),
}
"""Images of a chart that its values, as given here, start no container of."""
COMPONENTS = {
    "kube-prometheus-stack": Monitoring,
    "kueue": TrainingQueue,
    "mlflow": ModelRegistry,
    "opencost": Monitoring,
    "prometheus-operator-crds": Monitoring,
    "prometheus-yet-another-cloudwatch-exporter": Monitoring,
}
"""Chart to the component that installs it; the others are add-ons."""


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_the_chart_knows_every_value_and_the_version_is_of_its_values(chart: Any, recorder: Recorder, run: Run) -> None:
    """Helm ignores a key that it does not know, and says nothing."""
    known = document(chart)
    given = released(chart, recorder, run)
    assert list(strangers(given, known["values"], FREE.get(chart.name, set()))) == []
    # What is `v0.0.0` in the repository gets its version when it is published.
    assert known["version"] in (chart.version, "v0.0.0")


def released(chart: Any, recorder: Recorder, run: Run) -> dict[str, Any]:
    """The values that the platform gives to a chart."""
    component: Any = COMPONENTS.get(chart.name, ClusterAddons)
    run(lambda: component("it", sample(component)))
    (found,) = [one.inputs for one in recorder.of("Release") if one.inputs["name"] == chart.name]
    return found.get("values", {})


def document(chart: Any) -> dict[str, Any]:
    """A chart's version, and its own values with those of the charts in it."""
    path = VALUES / f"{chart.name}.json"
    if not path.exists():
        pytest.skip("the charts' values are not beside the project")
    found = json.loads(path.read_text())
    for part in found["dependencies"]:
        if (path := VALUES / f"{part['name']}.json").exists():
            own = found["values"].get(part["name"], {})
            found["values"][part["name"]] = merged(json.loads(path.read_text())["values"], own)
    return found


def strangers(given: Any, known: Any, free: set[str], path: str = "") -> Any:
    """Paths that a chart does not know; an empty map or nothing takes anything."""
    for key, value in given.items():
        here = f"{path}{key}"
        if here in free or key in ("nodeSelector", "resources", "requests", "limits", "containerSecurityContext"):
            continue
        if key not in known:
            yield here
        elif isinstance(value, dict) and isinstance(known[key], dict) and known[key]:
            yield from strangers(value, known[key], free, f"{here}.")


def test_a_stranger_among_the_values_is_found() -> None:
    assert list(strangers({"a": {"b": 1, "c": 2}, "d": {"x": 1}}, {"a": {"b": 0}, "d": {}}, set())) == ["a.c"]


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_image_that_runs_is_named_by_its_digest(chart: Any, recorder: Recorder, run: Run) -> None:
    given, known = released(chart, recorder, run), document(chart)["values"]
    by_tag = {path for path, image in images(merged(known, given)) if not pinned(image)}
    assert {path for path in by_tag if not path.startswith(OFF.get(chart.name, ()))} == set()


@pytest.mark.parametrize("chart", [chart for chart in CHARTS if chart.images], ids=lambda chart: chart.name)
def test_every_digest_gets_to_its_chart(chart: Any, recorder: Recorder, run: Run) -> None:
    given = json.dumps(released(chart, recorder, run))
    assert [name for name, image in chart.images.items() if image.sha not in given] == []


def test_charts_without_a_digest_run_nothing_or_are_known() -> None:
    assert {chart.name for chart in CHARTS if not chart.images} == {
        "karpenter-crd",
        "prometheus-operator-crds",
        # Settings, which are refused without a digest.
        "mlflow",
        "prometheus-yet-another-cloudwatch-exporter",
    }


def test_a_tag_is_no_digest() -> None:
    chart = {"a": {"image": {"repository": "one", "tag": ""}}, "b": {"image": {"repository": "two", "tag": "v1"}}}
    values = merged(chart, {"a": {"image": {"tag": "v1@sha256:00"}}})
    assert [(path, pinned(image)) for path, image in images(values)] == [("a.image", True), ("b.image", False)]


def images(values: Any, path: str = "") -> Any:
    """Paths and maps of the images in a chart's values."""
    if isinstance(values, dict):
        if "repository" in values and path != "global.":
            yield path.removesuffix("."), values
        for key, value in values.items():
            yield from images(value, f"{path}{key}.")


def pinned(image: dict[str, Any]) -> bool:
    return bool(image.get("digest") or image.get("sha")) or "@sha256:" in str(image.get("tag"))
