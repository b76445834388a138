"""What watches models for drift: wired from settings, and refused where it could not work."""

import json
from typing import Any

import pytest

from stacks.drift import retraining_alerts
from stacks.drift_rules import WEBHOOK_URL
from stacks.monitoring import watched as monitored
from stacks.settings import Settings
from tests.components.iam import decide
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import DELETE, changed, local, refusal

ABOVE = ("monitoring", "pools", "queue", "serving", "services", "tenants")


def watched(**changes: Any) -> dict[str, Any]:
    """Local as far as it is needed, with true outcomes."""
    values = {key: value for key, value in local().items() if key not in ABOVE}
    return changed(
        values,
        **{
            "stores__datasets__prefixes": ["raw", "reference", "truth"],
            "drift__models__fraud": {
                "store": "datasets",
                "prefix": "reference",
                "truth": "truth",
                "minRows": 700,
                "timeColumn": "at",
                "windowHours": 24,
                "quality": {"output": "predict_proba", "least": 0.8, "days": 1, "delayDays": 0},
            },
            "retraining__triggers__fraud-quality": {"kind": "performance", "model": "fraud", "threshold": 0.8},
            **changes,
        },
    )


@pytest.fixture(scope="module")
def exports() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def found(exports: dict[str, Any]) -> Any:
    return wired(watched(), exports)


def variables(found: Any, program: str) -> dict[str, Any]:
    spec = found.inputs("Deployment", f"drift-{program}")["spec"]
    return {one["name"]: one["value"] for one in spec["template"]["spec"]["containers"][0]["env"]}


def test_the_exporter_is_joined_to_captures_and_references(found: Any) -> None:
    told = variables(found, "drift-exporter")
    assert told["DRIFT_CAPTURES_URI"] == "s3://capture-0000000/captures"
    assert told["DRIFT_REPORTS_URI"] == "s3://capture-0000000/reports"
    assert json.loads(told["DRIFT_MODELS"]) == {
        "fraud": {
            "reference": "s3://datasets-0000000/reference/fraud",
            "truth": "s3://datasets-0000000/truth/fraud",
            "threshold": 0.1,
            "leastDistance": 0.05,
            "falseAlarmsPerDay": 0.01,
            "windowSeconds": 86400,
            "minRows": 700,
            "time": "at",
            "quality": {
                "output": "predict_proba",
                "kind": "classifier",
                "positive": "1",
                "least": 0.8,
                "days": 1,
                "delayDays": 0,
                "slices": [],
            },
        }
    }


@pytest.mark.parametrize(
    ("bucket", "key", "allowed"),
    [
        ("capture", "captures/fraud/1/2026/08/01/a.gz", True),
        ("capture", "captures/churn/1/2026/08/01/a.gz", False),
        ("capture", "captures/fraud-2/1/2026/08/01/a.gz", False),
        ("datasets", "reference/fraud/data.csv", True),
        ("datasets", "truth/fraud/data.csv", True),
        ("datasets", "raw/fraud/data.csv", False),
    ],
)
def test_the_exporter_reads_what_it_judges_and_nothing_else(found: Any, bucket: str, key: str, allowed: bool) -> None:
    statements = found.statements("RolePolicy", "drift-drift-exporter-read-prefix")
    assert decide(statements, "s3:GetObject", f"arn:aws:s3:::{bucket}-0000000/{key}") == ("Allow" if allowed else "no")


@pytest.mark.parametrize(("key", "allowed"), [("reports/fraud/1/a.html", True), ("captures/fraud/1/a.gz", False)])
def test_the_exporter_writes_its_reports_and_nothing_else(found: Any, key: str, allowed: bool) -> None:
    statements = found.statements("RolePolicy", "drift-drift-exporter-write-prefix")
    said = decide(statements, "s3:PutObject", f"arn:aws:s3:::capture-0000000/{key}")
    assert said == ("Allow" if allowed else "no")


def test_the_receiver_is_joined_to_the_bus_by_the_platforms_own_alerts(found: Any, exports: dict[str, Any]) -> None:
    told = variables(found, "retraining-webhook")
    assert told["WEBHOOK_BUS"] == exports["retraining"]["bus"]
    assert json.loads(told["WEBHOOK_ALERTS"]) == retraining_alerts()
    assert retraining_alerts() == {"FeatureDrift": "drift", "QualityLow": "performance"}


def test_alertmanager_is_told_where_the_receiver_is(found: Any) -> None:
    name, namespace, port = WEBHOOK_URL.removeprefix("http://").removesuffix("/").replace(".svc:", ".").split(".")
    service = found.inputs("Service", "drift-service")
    assert (service["metadata"]["name"], service["metadata"]["namespace"]) == (name, namespace)
    assert [one["port"] for one in service["spec"]["ports"]] == [int(port)]


def test_what_is_watched_for_drift_is_missed_when_nobody_looks() -> None:
    values = changed(local(), drift__everyMinutes=30)
    churn = values["services"]["churn"]
    card = {**churn["provenance"], "card": churn["provenance"]["digest"]}
    values["services"] = {"fraud": {**churn, "system": "payment-fraud", "provenance": card}, "churn": churn}
    served = promised(values)
    assert (served["fraud"].namespace, served["fraud"].drift_period_seconds) == ("vision", 1800)
    assert served["churn"].drift_period_seconds is None
    del values["services"]["fraud"]
    alone = promised(values)
    assert (alone["fraud"].min_replicas, alone["fraud"].drift_period_seconds) == (0, 1800)


def promised(values: dict[str, Any]) -> dict[str, Any]:
    """What monitoring expects of models."""
    settings = Settings.parse(values)
    assert settings.monitoring
    return {one.model: one for one in monitored(settings, settings.monitoring).services}


def test_alertmanager_sends_drift_to_the_receiver() -> None:
    found = wired(local())
    (one,) = [one for one in found.found if "retraining-webhook" in json.dumps(one.inputs) and one.kind == "Release"]
    assert WEBHOOK_URL in json.dumps(one.inputs)


def test_it_goes_before_the_controllers_and_the_cluster(found: Any) -> None:
    assert "Release addons-external-secrets" in found.one("Namespace", "drift-space").depends
    (provider,) = [one for one in found.found if one.type == "pulumi:providers:kubernetes"]
    assert "NodeGroup cluster-system" in provider.depends


def test_an_environment_without_these_settings_has_none_of_it() -> None:
    found = wired(watched(drift=DELETE))
    assert [one.title for one in found.found if "drift" in one.name and one.kind != "EventRule"] == [
        "EventTarget retraining-fraud-drift"
    ]


FRAUD = "ml-platform:drift.models.fraud"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"capture": DELETE}, 'ml-platform:drift = "...": needs `capture`: add it'),
        ({"retraining": DELETE}, 'ml-platform:drift = "...": needs `retraining`: add it'),
        ({"addons": DELETE}, 'ml-platform:drift = "...": needs `addons`: add it'),
        (
            {"capture__samplingPercent": {"churn": 5}},
            f'{FRAUD} = "...": nothing of it is captured: add `capture.samplingPercent.fraud`',
        ),
        (
            {"retraining__triggers": {"other": {"kind": "manual", "model": "fraud"}}},
            f'{FRAUD} = "...": its drift starts nothing: add a trigger of kind drift for fraud',
        ),
        (
            {"drift__models__fraud__threshold": 0.05},
            f"{FRAUD}.threshold = 0.05: allowed: from the trigger's own threshold, 0.1, or its events would start"
            " nothing",
        ),
        (
            {"drift__models__fraud__windowHours": 48},
            f"{FRAUD}.windowHours = 48: allowed: up to 24, capture.retentionDays is 1",
        ),
        (
            {"drift__models__fraud__truth": DELETE},
            f'{FRAUD}.quality = "...": needs `truth`, the prefix that true outcomes arrive in: add it',
        ),
        (
            {"drift__models__fraud__quality__days": 9},
            f"{FRAUD}.quality.days = 9: allowed: up to capture.retentionDays, 1",
        ),
        ({"drift__models__fraud__quality__delayDays": 1}, f"{FRAUD}.quality.delayDays = 1: allowed: less than days, 1"),
        (
            {"drift__models__fraud__quality__least": 0.9},
            f"{FRAUD}.quality.least = 0.9: allowed: up to the trigger's own threshold, 0.8, or its events would start"
            " nothing",
        ),
        (
            {"drift__models__fraud__quality": DELETE},
            f"{FRAUD}.quality = null: nothing measures it, and its trigger of kind performance starts nothing: add it",
        ),
        (
            {"drift__models__fraud__windowHours": 36},
            f"{FRAUD}.windowHours = 36: input should be a multiple of 24",
        ),
        (
            {"drift__models__fraud__truth": "later"},
            f'{FRAUD}.datasets = "later": allowed: a prefix of stores.datasets (raw, reference, truth)',
        ),
        (
            {"drift__models__fraud__store": "lost"},
            f'{FRAUD}.lost = "lost": allowed: a store of stores (artifacts, datasets)',
        ),
        ({"drift__everyMinutes": 1}, "ml-platform:drift.everyMinutes = 1: input should be greater than or equal to 5"),
    ],
)
def test_what_could_not_work_is_refused(changes: dict[str, Any], said: str) -> None:
    assert said in refusal(watched(**changes))


def test_a_team_may_not_have_its_namespace() -> None:
    values = changed(local(), tenants__drift=local()["tenants"]["vision"])
    assert any(line.startswith('ml-platform:tenants.drift = "drift"') for line in refusal(values))
