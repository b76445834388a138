"""Every image that the charts start, as the kubelet reads it: the pinned name, by its digest."""

import re

import pytest

from components.versions import CHARTS, CLOUDWATCH_EXPORTER, MLFLOW
from stacks.images import full_name
from stacks.settings import Settings
from tests.charts.pods import workloads
from tests.charts.wired import ENVIRONMENTS

REFERENCE = re.compile(
    r"(?P<name>(?:[a-z0-9]+(?:[.-][a-z0-9]+)*)(?::[0-9]+)?(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?@(?P<digest>sha256:[0-9a-f]{64})"
)
"""Grammar of a reference with a digest: distribution/reference v0.6.0, reference.go."""
NOT_STARTED = {"acmesolver"}
"""Short names of pinned images that a program starts, when it is asked to: no certificate comes of an ACME server."""
each_environment = pytest.mark.parametrize("environment", ENVIRONMENTS)


def pinned(environment: str) -> dict[str, set[tuple[str, str]]]:
    """Chart to the name and digest of each of its images."""
    settings = Settings.from_file(environment)
    assert settings.monitoring
    assert settings.model_registry
    given = {
        CLOUDWATCH_EXPORTER.name: settings.monitoring.cloudwatch_exporter_image,
        MLFLOW.name: settings.model_registry.image,
    }
    found = {chart.name: {(one.name, one.digest) for one in chart.images.values()} for chart in CHARTS}
    for chart, image in given.items():
        name, _, digest = full_name(settings, image).rpartition("@")
        found[chart] = {(name, digest)}
    return found


def started(environment: str) -> dict[str, set[str]]:
    """Chart to the images of its containers."""
    found: dict[str, set[str]] = {}
    for one in workloads(environment):
        found.setdefault(one.chart, set()).update(container["image"] for container in one.containers)
    return found


@each_environment
def test_every_image_is_the_pinned_one_by_its_digest(environment: str) -> None:
    images = started(environment)
    for chart, wanted in pinned(environment).items():
        found = {image: REFERENCE.fullmatch(image) for image in images.get(chart, set())}
        assert [image for image, match in found.items() if not match] == []
        assert {(match["name"], match["digest"]) for match in found.values() if match} <= wanted


@each_environment
def test_every_pinned_image_is_started(environment: str) -> None:
    images = {image.rpartition("@")[2] for found in started(environment).values() for image in found}
    pins = {short: image for chart in CHARTS for short, image in chart.images.items()}
    assert {short for short, image in pins.items() if image.digest not in images} == NOT_STARTED


def test_charts_without_an_image_start_nothing_or_have_it_from_settings() -> None:
    assert {chart.name for chart in CHARTS if not chart.images} == {
        *("karpenter-crd", "prometheus-operator-crds"),
        *(CLOUDWATCH_EXPORTER.name, MLFLOW.name),
    }


@pytest.mark.parametrize(
    "image",
    [
        f"registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0@{'4' * 64}",
        "quay.io/prometheus/alertmanager:v0.34.0",
        f"quay.io/prometheus/alertmanager:v0.34.0@sha256:{'4' * 63}",
        f"quay.io//prometheus/alertmanager@sha256:{'4' * 64}",
    ],
)
def test_what_the_kubelet_would_refuse_is_no_reference(image: str) -> None:
    assert not REFERENCE.fullmatch(image)
