"""Monitoring: wired from settings, and refused where nobody could be told or nothing kept."""

import json
from typing import Any

import pytest

from stacks.monitoring import connections, watched
from stacks.settings import Settings
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import DELETE, changed, refusal, shipped
from tests.stacks.test_workbench import dev

STACK = "monitoring-kube-prometheus-stack"


@pytest.fixture(scope="module")
def exports() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def found(exports: dict[str, Any]) -> Any:
    with_switch = {
        "secrets__names__watchdog-url": "address",
        "monitoring__watchdogSecret": "watchdog-url",
        "monitoring__thresholds": {"gpuCelsius": 71},
    }
    return wired(dev(**with_switch), exports)


def test_it_ships_the_rules_and_dashboards_of_the_platform(found: Any) -> None:
    spec = found.inputs("PrometheusRule", "monitoring-prometheusrule-platform")["spec"]
    alerts = {rule["alert"]: rule for group in spec["groups"] for rule in group["rules"] if "alert" in rule}
    assert {"page", "ticket"} <= {rule["labels"]["severity"] for rule in alerts.values()}
    assert [rule["expr"] for rule in alerts.values() if "DCGM_FI_DEV_GPU_TEMP" in rule["expr"] and "71" in rule["expr"]]
    assert {rule["annotations"]["runbook_url"].rpartition("/")[0] for rule in alerts.values()} == {
        "https://github.com/example/ml-platform/blob/main/docs/runbooks"
    }
    boards = [one for one in found.of("ConfigMap") if one.name.startswith("monitoring-dashboard-")]
    assert len(boards) == 5
    for one in boards:
        (text,) = one.inputs["data"].values()
        assert json.loads(text)["panels"]


def alerts(found: Any) -> dict[str, Any]:
    spec = found.inputs("PrometheusRule", "monitoring-prometheusrule-platform")["spec"]
    return {rule["alert"]: rule for group in spec["groups"] for rule in group["rules"] if "alert" in rule}


def test_what_is_installed_is_missed_when_it_is_silent(found: Any) -> None:
    watched = alerts(found)["EmitterMissing"]["expr"]
    installed = ("argo_rollouts", "certmanager", "DCGM", "externalsecret", "karpenter", "keda", "kueue", "node_total")
    assert [name for name in installed if f"absent({name}" not in watched] == []


@pytest.mark.parametrize(("stack", "there"), [("prod", True), ("dev", False)])
def test_a_backup_is_missed_only_where_there_should_be_one(stack: str, there: bool) -> None:
    settings = Settings.from_file(stack)
    assert settings.monitoring
    assert watched(settings, settings.monitoring).backups is there


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_the_database_is_watched_by_its_own_size(stack: str) -> None:
    settings = Settings.from_file(stack)
    assert settings.monitoring
    assert settings.database
    found = watched(settings, settings.monitoring)
    assert found.database
    assert found.database.gib == settings.database.storage_gib
    # A new database is empty: what is free must be far from what raises an alarm.
    assert found.thresholds.database_free < 0.5
    assert found.database.connections


@pytest.mark.parametrize(
    ("instance_class", "allowed"),
    [
        ("db.t4g.micro", 112),
        ("db.t4g.medium", 450),
        ("db.m7g.large", 901),
        ("db.r7g.xlarge", 3604),
        ("db.r7g.4xlarge", 5000),
        ("db.x2g.large", None),
    ],
)
def test_a_class_allows_connections_by_its_memory(instance_class: str, allowed: float | None) -> None:
    assert connections(instance_class) == allowed


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_a_model_is_undecided_below_the_least_number_of_rows_of_its_own(stack: str) -> None:
    settings = Settings.from_file(stack)
    assert settings.monitoring
    least = {one.model: one.min_drift_rows for one in watched(settings, settings.monitoring).services}
    models = settings.drift.models if settings.drift else {}
    assert {name: rows for name, rows in least.items() if rows} == {name: one.min_rows for name, one in models.items()}


def test_alerts_go_to_the_topics_of_their_severity(found: Any) -> None:
    values = found.inputs("Release", STACK)["values"]
    routes = values["alertmanager"]["config"]
    told = {one["name"]: one["sns_configs"][0]["topic_arn"] for one in routes["receivers"] if "sns_configs" in one}
    arn = "arn:aws:sns:eu-central-1:123456789012:notifications"
    assert {severity: topic[: -len("-0000000")] for severity, topic in told.items()} == {
        severity: f"{arn}-{severity}" for severity in ("page", "ticket", "info")
    }
    statements = found.statements("RolePolicy", "monitoring-alertmanager-publish-topic")
    allowed = [arn for one in statements if "sns:Publish" in one["Action"] for arn in one["Resource"]]
    assert sorted(told.values()) == sorted(allowed)


def test_the_dead_mans_switch_is_where_the_component_puts_it(found: Any) -> None:
    from components import _monitoring_values as values

    routes = found.inputs("Release", STACK)["values"]["alertmanager"]["config"]
    (watchdog,) = [one for one in routes["receivers"] if one["name"] == "watchdog"]
    assert watchdog["webhook_configs"][0]["url_file"] == values.WATCHDOG_FILE


def test_a_teams_pods_let_in_who_scrapes_them(found: Any) -> None:
    spec = found.inputs("NetworkPolicy", "tenant-vision-callers")["spec"]
    (who,) = spec["ingress"][0]["from"]
    assert "monitoring" in who["namespaceSelector"]["matchExpressions"][0]["values"]
    unwatched = wired(dev(monitoring=DELETE, tenants__vision__callers=DELETE))
    assert [one.name for one in unwatched.of("NetworkPolicy") if "callers" in one.name] == []


def test_it_starts_after_the_controllers_and_goes_before_them(found: Any) -> None:
    depends = found.one("Namespace", "monitoring").depends
    assert any(title.startswith("Release addons-") for title in depends)


def test_others_learn_where_prometheus_is(found: Any, exports: dict[str, Any]) -> None:
    assert exports["monitoring"]["releases"]["opencost"]
    for stack in ("local", "dev", "staging", "prod"):
        assert shipped(stack)["serving"]["prometheus"] == exports["monitoring"]["prometheus"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"secrets": DELETE}, 'monitoring = "...": needs `secrets`: add it'),
        ({"monitoring__grafanaSecret": "mine"}, 'monitoring.grafanaSecret = "mine": allowed: a name of secrets.names'),
        ({"monitoring__watchdogSecret": "mine"}, 'monitoring.watchdogSecret = "mine": allowed: a name of'),
        ({"monitoring__monthlyLimitUsd": 3001}, "monitoring.monthlyLimitUsd = 3001: allowed: at most costs.monthly"),
        ({"monitoring__retentionDays": 0}, "monitoring.retentionDays = 0"),
        ({"monitoring__cloudwatchExporterImage": "exporter:v1"}, 'monitoring.cloudwatchExporterImage = "exporter:v1"'),
        ({"monitoring__thresholds": {"gpuKelvin": 1}}, "monitoring.thresholds.gpuKelvin"),
        ({"monitoring__thresholds": {"poolUsed": 2}}, "monitoring.thresholds.poolUsed = 2"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(change: dict[str, Any], told: str) -> None:
    lines = refusal(dev(**change))
    assert [line for line in lines if told in line], lines


def test_no_service_is_named_as_the_candidate_of_another_one() -> None:
    services = {"fraud-candidate": shipped("dev")["services"]["fraud"]}
    lines = refusal({**dev(), **SERVED, "services": services})
    assert "services.fraud-candidate" in str(lines)
    assert "allowed: a name that does not end with -candidate" in str(lines)


SERVED = {"serving": shipped("dev")["serving"], "services": {"fraud": shipped("dev")["services"]["fraud"]}}


def test_a_served_model_is_watched_for_what_is_promised_of_it() -> None:
    given = {**dev(), **SERVED}
    found = wired(changed(given, monitoring__promises={"fraud": {"fastSeconds": 0.25}}))
    spec = found.inputs("PrometheusRule", "monitoring-prometheusrule-platform")["spec"]
    recorded = [
        rule for group in spec["groups"] for rule in group["rules"] if rule.get("record", "").endswith("rate5m")
    ]
    assert recorded
    assert 'model="fraud", le="0.25"' in str(spec)


@pytest.mark.parametrize(
    ("promise", "told"),
    [
        ({"nobody": {"fastSeconds": 0.5}}, 'monitoring.promises.nobody = "...": allowed: a model that is served'),
        ({"fraud": {"fastSeconds": 0.3}}, "fastSeconds = 0.3: allowed for mlserver"),
        ({"fraud": {"availability": 0.9}}, "could never fire"),
        ({"fraud": {"speed": 1}}, "monitoring.promises.fraud.speed = 1"),
    ],
)
def test_a_promise_that_cannot_be_watched_is_refused(promise: dict[str, Any], told: str) -> None:
    lines = refusal(changed({**dev(), **SERVED}, monitoring__promises=promise))
    assert [line for line in lines if told in line], lines


@pytest.mark.parametrize(
    ("stack", "change", "told"),
    [
        ("staging", {"monitoring": DELETE}, "monitoring = null: staging needs it: add it"),
        ("staging", {"monitoring__retentionDays": 14}, "monitoring.retentionDays = 14: allowed in staging: 15 or more"),
        ("prod", {"monitoring__watchdogSecret": DELETE}, "monitoring.watchdogSecret = null: prod needs it"),
        ("prod", {"notifications": DELETE}, 'monitoring = "...": needs `notifications`: add it'),
    ],
)
def test_what_users_depend_on_is_watched(stack: str, change: dict[str, Any], told: str) -> None:
    lines = refusal(changed(shipped(stack), **change))
    assert [line for line in lines if told in line], lines


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_every_environment_is_watched(stack: str) -> None:
    assert shipped(stack)["monitoring"]["retentionDays"] > 0
