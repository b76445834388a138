"""Monitoring: in which order, with which rights, what it scrapes, and that nothing in it has a password of its own."""

from typing import Any

import pytest
import yaml

from components import Monitoring
from components import _cloudwatch_values as cloudwatch
from components import _monitoring_targets as targets
from components import _monitoring_values as values
from components._kubernetes import STORAGE_CLASS
from monitoring.emitters.cloudwatch import METRICS
from tests.components import crds
from tests.components.conftest import TAGS, Recorder, Run
from tests.components.samples import sample

STACK = "Release it-kube-prometheus-stack"


def make(**more: Any) -> Monitoring:
    return Monitoring("it", {**sample(Monitoring), **more})  # pyright: ignore


def released(recorder: Recorder, chart: str) -> dict[str, Any]:
    return recorder.inputs("Release", f"it-{chart}")["values"]


def objects(recorder: Recorder) -> list[dict[str, Any]]:
    """The custom resources, as the API server gets them."""
    return [
        one.inputs for one in recorder.found if "monitoring.coreos.com" in one.type or "external-secrets.io" in one.type
    ]


def test_each_part_starts_once_it_can_work(recorder: Recorder, run: Run) -> None:
    outputs = run(make)
    depends = {one.title: one.depends for one in recorder.found}
    assert "Namespace it" in depends["Release it-prometheus-operator-crds"]
    needed = {
        "Release it-prometheus-operator-crds",
        "ExternalSecret it-externalsecret-grafana-admin",
        "PodIdentityAssociation it-alertmanager",
    }
    assert needed <= depends[STACK]
    for title, found in depends.items():
        if title.startswith(("PodMonitor", "ServiceMonitor", "PrometheusRule", "Release it-opencost")):
            assert STACK in found, title
    assert outputs["prometheus_url"] == "http://kube-prometheus-stack-prometheus.monitoring:9090"


def test_the_namespace_may_take_its_time_to_go(recorder: Recorder, run: Run) -> None:
    run(make)
    # Its volumes go with it.
    assert recorder.timeouts["it"] == "15m"


@pytest.mark.parametrize("kind", ["PodMonitor", "ServiceMonitor", "PrometheusRule", "SecretStore", "ExternalSecret"])
def test_the_api_server_takes_every_object(recorder: Recorder, run: Run, kind: str) -> None:
    run(make)
    found = [one for one in objects(recorder) if one["kind"] == kind]
    assert found
    assert [crds.problems(one) for one in found] == [[]] * len(found)


def test_a_misspelt_field_of_a_monitor_is_found() -> None:
    wrong = {**next(iter(targets.monitors({}))), "spec": {"selector": {}, "podMetricsEndpoint": []}}
    assert any("podMetricsEndpoint" in one for one in crds.problems(wrong))


def test_grafana_has_no_password_but_the_secret(recorder: Recorder, run: Run) -> None:
    run(make)
    grafana = released(recorder, "kube-prometheus-stack")["grafana"]
    assert grafana["admin"]["existingSecret"] == "grafana-admin"
    assert "adminPassword" not in grafana
    found = recorder.inputs("ExternalSecret", "it-externalsecret-grafana-admin")
    assert found["spec"]["target"]["name"] == "grafana-admin"
    assert found["spec"]["data"][0]["remoteRef"]["key"].startswith("arn:aws:secretsmanager:")
    assert set(found["spec"]["target"]["template"]["data"]) == {
        grafana["admin"]["userKey"],
        grafana["admin"]["passwordKey"],
    }
    (store,) = [one for one in objects(recorder) if one["kind"] == "SecretStore"]
    # With Pod Identity a store names no service account; with one it would need IRSA.
    assert "auth" not in store["spec"]["provider"]["aws"]


def test_the_dead_mans_switch_is_a_file_of_alertmanager(recorder: Recorder, run: Run) -> None:
    run(make)
    found = recorder.inputs("ExternalSecret", "it-externalsecret-watchdog")
    mounted = released(recorder, "kube-prometheus-stack")["alertmanager"]["alertmanagerSpec"]["secrets"]
    assert mounted == [found["spec"]["target"]["name"]]
    (key,) = found["spec"]["target"]["template"]["data"]
    assert f"/etc/alertmanager/secrets/{mounted[0]}/{key}" == values.WATCHDOG_FILE


def test_without_a_switch_there_is_no_secret_for_it(recorder: Recorder, run: Run) -> None:
    args = {key: value for key, value in sample(Monitoring).items() if key != "watchdog_secret_arn"}
    run(lambda: Monitoring("it", args))  # pyright: ignore
    assert len([one for one in objects(recorder) if one["kind"] == "ExternalSecret"]) == 1
    assert released(recorder, "kube-prometheus-stack")["alertmanager"]["alertmanagerSpec"]["secrets"] == []


def test_everything_in_the_cluster_is_selected_not_only_the_releases_own(recorder: Recorder, run: Run) -> None:
    run(make)
    spec = released(recorder, "kube-prometheus-stack")["prometheus"]["prometheusSpec"]
    found = {key: value for key, value in spec.items() if key.endswith("SelectorNilUsesHelmValues")}
    assert found == dict.fromkeys(found, False)
    assert len(found) == 5


@pytest.mark.parametrize(("days", "gib", "size"), [(15, 50, "42GiB"), (30, 100, "85GiB")])
def test_a_volume_is_never_full(recorder: Recorder, run: Run, days: int, gib: int, size: str) -> None:
    run(lambda: make(retention_days=days, storage_gib=gib))
    spec = released(recorder, "kube-prometheus-stack")["prometheus"]["prometheusSpec"]
    claim = spec["storageSpec"]["volumeClaimTemplate"]["spec"]
    assert (spec["retention"], spec["retentionSize"]) == (f"{days}d", size)
    assert claim["resources"]["requests"]["storage"] == f"{gib}Gi"
    assert claim["storageClassName"] == STORAGE_CLASS


def containers(found: Any, path: str = "") -> Any:
    """Every part of the values that says what a container may."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key in ("containerSecurityContext", "securityContext"):
                yield f"{path}{key}", value
            yield from containers(value, f"{path}{key}.")


@pytest.mark.parametrize(
    ("chart", "parts"),
    [("kube-prometheus-stack", 3), ("opencost", 1), ("prometheus-yet-another-cloudwatch-exporter", 1)],
)
def test_roots_are_read_only_where_the_charts_leave_it_open(
    recorder: Recorder, run: Run, chart: str, parts: int
) -> None:
    run(make)
    found = dict(containers(released(recorder, chart)))
    assert len(found) == parts
    for path, context in found.items():
        assert context["readOnlyRootFilesystem"], path
        assert not context["allowPrivilegeEscalation"], path
        assert context["capabilities"] == {"drop": ["ALL"]}, path


@pytest.mark.parametrize(
    ("chart", "path"),
    [
        ("kube-prometheus-stack", "prometheus.prometheusSpec"),
        ("kube-prometheus-stack", "alertmanager.alertmanagerSpec"),
        ("kube-prometheus-stack", "prometheusOperator"),
        ("kube-prometheus-stack", "prometheusOperator.prometheusConfigReloader"),
        ("kube-prometheus-stack", "grafana"),
        ("kube-prometheus-stack", "grafana.sidecar"),
        ("kube-prometheus-stack", "kube-state-metrics"),
        ("kube-prometheus-stack", "prometheus-node-exporter"),
        ("opencost", "opencost.exporter"),
        ("prometheus-yet-another-cloudwatch-exporter", ""),
    ],
)
def test_everything_has_a_limit(recorder: Recorder, run: Run, chart: str, path: str) -> None:
    run(make)
    found = released(recorder, chart)
    for key in filter(None, path.split(".")):
        found = found[key]
    assert found["resources"]["limits"]["memory"]
    assert found["resources"]["requests"]["cpu"]


@pytest.mark.parametrize(("replicas", "budget"), [(1, False), (2, True)])
def test_two_replicas_have_a_budget(recorder: Recorder, run: Run, replicas: int, budget: bool) -> None:
    run(lambda: make(replicas=replicas))
    found = released(recorder, "kube-prometheus-stack")
    for part, spec in (("prometheus", "prometheusSpec"), ("alertmanager", "alertmanagerSpec")):
        assert found[part]["podDisruptionBudget"]["enabled"] is budget
        assert found[part][spec]["replicas"] == replicas


def test_labels_of_a_metric_win_over_those_of_its_target() -> None:
    for one in targets.monitors({}):
        (endpoint,) = one["spec"].get("podMetricsEndpoints") or one["spec"]["endpoints"]
        assert endpoint["honorLabels"], one["metadata"]["name"]


def test_a_model_service_is_found_by_its_label_and_named_by_it() -> None:
    (found,) = [one for one in targets.monitors({}) if one["metadata"]["name"] == "model-services"]
    spec = found["spec"]
    assert spec["namespaceSelector"] == {"any": True}
    (endpoint,) = spec["podMetricsEndpoints"]
    assert {one["targetLabel"]: one["sourceLabels"] for one in endpoint["relabelings"]} == {
        "model": ["__meta_kubernetes_pod_label_ml_platform_model"],
        "version": ["__meta_kubernetes_pod_label_ml_platform_version"],
        "service": ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
        "role": ["service"],
    }


def test_only_who_is_named_asks_prometheus(recorder: Recorder, run: Run) -> None:
    run(make)
    spec = recorder.inputs("NetworkPolicy", "it-callers")["spec"]
    asked = [one for one in spec["ingress"] if one.get("ports") == [{"port": 9090, "protocol": "TCP"}]]
    assert asked[0]["from"][0]["namespaceSelector"]["matchExpressions"][0]["values"] == ["keda"]
    assert spec["podSelector"] == {}


def test_dashboards_are_found_by_grafana(recorder: Recorder, run: Run) -> None:
    run(make)
    found = recorder.inputs("ConfigMap", "it-dashboard-platform")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert found["data"] == {"platform.json": '{"title":"a"}'}


def test_cloudwatch_is_asked_for_this_environments_resources_only() -> None:
    found = yaml.safe_load(cloudwatch.configuration("eu-central-1", TAGS["environment"]))
    for job in found["discovery"]["jobs"]:
        assert job["regions"] == ["eu-central-1"]
        assert job["searchTags"] == [{"key": "environment", "value": "^dev$"}]


def snake(text: str) -> str:
    """A name as the exporter writes it (yet-another-cloudwatch-exporter v0.67.0, `PromString`)."""
    found, before = "", ""
    for char in text:
        found += "_" if char.isupper() and (before.islower() or before.isdigit()) else ""
        found += "_" if char in "/.-: " else char.lower()
        before = char
    return found


def test_cloudwatch_is_asked_for_what_the_contract_has_and_for_nothing_else() -> None:
    """CloudWatch charges for each metric, and an alert on one that is not asked for never fires."""
    found = yaml.safe_load(cloudwatch.configuration("eu-central-1", TAGS["environment"]))["discovery"]
    asked = {
        f"{snake(job['type'].lower())}_{snake(metric['name'])}_{metric['statistics'][0].lower()}": (job, metric)
        for job in found["jobs"]
        for metric in job["metrics"]
    }
    known = {metric.name: metric for metric in METRICS if metric.name.startswith("aws_")}
    assert asked.keys() == known.keys()
    for name, (job, metric) in asked.items():
        dimensions = {label.removeprefix("dimension_") for label in known[name].own_names if "dimension_" in label}
        assert set(job.get("dimensionNameRequirements", dimensions)) == dimensions
        tags = {f"tag_{snake(tag)}" for tag in found["exportedTagsOnMetrics"].get(job["type"], ())}
        assert {label for label in known[name].own_names if label.startswith("tag_")} <= tags
        # Of what is measured, no value is not 0: a database without a sample is not full.
        assert metric["nilToZero"] is (metric["statistics"] == ["Sum"])


@pytest.mark.parametrize("tag", ["", ":v0.67.0"])
def test_the_exporter_is_the_image_that_is_given(recorder: Recorder, run: Run, tag: str) -> None:
    run(lambda: make(cloudwatch_exporter_image=f"here.example.com:5000/exporter{tag}@sha256:{'1' * 64}"))
    found = released(recorder, "prometheus-yet-another-cloudwatch-exporter")["image"]
    # As the chart puts it together.
    assert f"{found['repository']}:{found['tag']}" == f"here.example.com:5000/exporter:pinned@sha256:{'1' * 64}"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"replicas": 0}, "replicas = 0; allowed: 1 or more"),
        ({"retention_days": 0}, "retention_days = 0; allowed: 1 or more"),
        ({"storage_gib": 5}, "storage_gib = 5; allowed: 10 or more"),
        ({"dashboards": {"A b": "{}"}}, "dashboards has 'A b'; allowed: a DNS label"),
        (
            {"cloudwatch_exporter_image": "exporter:v1"},
            "cloudwatch_exporter_image = 'exporter:v1'; allowed: an image by",
        ),
    ],
)
def test_what_could_not_work_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: make(**more))


def test_alertmanager_may_publish_to_its_topics(recorder: Recorder, run: Run) -> None:
    run(make)
    association = recorder.inputs("PodIdentityAssociation", "it-alertmanager")
    account = released(recorder, "kube-prometheus-stack")["alertmanager"]["serviceAccount"]["name"]
    assert (association["namespace"], association["serviceAccount"]) == ("monitoring", account)
    publish, *_ = recorder.statements("RolePolicy", "it-alertmanager-publish-topic")
    assert publish["Resource"] in (sample(Monitoring)["topic_arns"]["page"], [sample(Monitoring)["topic_arns"]["page"]])
