import json
from collections import Counter
from typing import Any

import pytest

from components import DriftMonitor
from tests.components.conftest import Recorder, Run
from tests.components.samples import sample

IMAGE = f"example.com/workloads@sha256:{'0' * 64}"
PROGRAMS = ("drift-exporter", "retraining-webhook")


def monitor(**more: Any) -> DriftMonitor:
    return DriftMonitor("drift", {**sample(DriftMonitor), **more})  # pyright: ignore[reportArgumentType]


@pytest.fixture
def made(recorder: Recorder, run: Run) -> dict[str, Any]:
    return run(monitor)


def pod(recorder: Recorder, program: str) -> dict[str, Any]:
    return recorder.inputs("Deployment", f"drift-{program}")["spec"]["template"]["spec"]


def variables(recorder: Recorder, program: str) -> dict[str, Any]:
    (container,) = pod(recorder, program)["containers"]
    return {one["name"]: one["value"] for one in container["env"]}


def test_it_is_two_programs_in_a_namespace_of_their_own(made: dict[str, Any], recorder: Recorder) -> None:
    assert made["namespace"] == "drift"
    assert made["webhook_url"] == "http://retraining-webhook.drift.svc:8080/"
    assert {made["exporter_role_arn"], made["webhook_role_arn"]} == {
        f"arn:aws:iam::123456789012:role/drift-{program}-0000000" for program in PROGRAMS
    }
    kinds = recorder.kinds()
    assert {kind: kinds[kind] for kind in ("Namespace", "Deployment", "ServiceAccount", "PodMonitor", "Service")} == {
        "Namespace": 1,
        "Deployment": 2,
        "ServiceAccount": 2,
        "PodMonitor": 1,
        "Service": 1,
    }
    labels = recorder.inputs("Namespace", "drift-space")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert "ml-platform/tenant" not in labels


def test_the_exporter_is_told_what_to_judge(made: dict[str, Any], recorder: Recorder) -> None:
    told = variables(recorder, "drift-exporter")
    assert (told["DRIFT_CAPTURES_URI"], told["DRIFT_EVERY_SECONDS"]) == ("s3://captures/captures", "1800")
    assert told["DRIFT_REPORTS_URI"] == "s3://captures/reports"
    assert json.loads(told["DRIFT_MODELS"]) == {
        "fraud": {
            "reference": "s3://data/reference/fraud",
            "threshold": 0.5,
            "leastDistance": 0.05,
            "falseAlarmsPerDay": 0.01,
            "windowSeconds": 86400,
            "minRows": 500,
            "truth": "s3://data/truth/fraud",
            "time": "at",
            "quality": {
                "output": "predict_proba",
                "kind": "classifier",
                "least": 0.8,
                "days": 30,
                "delayDays": 7,
                "positive": "fraud",
                "slices": ["country"],
            },
        }
    }


def test_what_it_is_told_is_what_the_program_reads(made: dict[str, Any], recorder: Recorder) -> None:
    from workloads.drift.models import models

    (found,) = models(variables(recorder, "drift-exporter")["DRIFT_MODELS"])
    assert (found.name, found.min_rows, found.window.days, found.time) == ("fraud", 500, 1, "at")
    assert found.quality
    assert (found.quality.kind, found.quality.delay_days, found.quality.slices) == ("classifier", 7, ("country",))


def test_the_receiver_may_publish_what_it_says_and_nothing_else(made: dict[str, Any], recorder: Recorder) -> None:
    told = variables(recorder, "retraining-webhook")
    assert json.loads(told["WEBHOOK_ALERTS"]) == {"FeatureDrift": "drift"}
    assert told["WEBHOOK_BUS"] == "retraining"
    (statement,) = recorder.statements("RolePolicy", "drift-retraining-webhook-publish-events")
    assert statement["Action"] == ["events:PutEvents"]
    assert statement["Resource"] == ["arn:aws:events:eu-central-1:123456789012:event-bus/retraining"]
    assert statement["Condition"] == {"StringEquals": {"events:source": told["WEBHOOK_SOURCE"]}}
    policies = [one.name for one in recorder.of("RolePolicy")]
    assert sorted(policies) == ["drift-drift-exporter-read-prefix", "drift-retraining-webhook-publish-events"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_pods_are_locked_down_limited_and_probed(made: dict[str, Any], recorder: Recorder, program: str) -> None:
    found = pod(recorder, program)
    assert found["securityContext"]["runAsNonRoot"]
    assert found["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not found["automountServiceAccountToken"]
    (container,) = found["containers"]
    assert container["image"] == IMAGE
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert container["resources"]["limits"]["memory"]
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    assert not recorder.inputs("ServiceAccount", f"drift-{program}-account")["automountServiceAccountToken"]


@pytest.mark.parametrize(
    ("program", "caller", "port"), [(PROGRAMS[0], "prometheus", 9109), (PROGRAMS[1], "alertmanager", 8080)]
)
def test_each_is_called_by_one_and_reaches_little(
    made: dict[str, Any], recorder: Recorder, program: str, caller: str, port: int
) -> None:
    deny = recorder.inputs("NetworkPolicy", "drift-deny")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    spec = recorder.inputs("NetworkPolicy", f"drift-{program}-network")["spec"]
    assert spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": program}}
    assert spec["ingress"] == [
        {
            "from": [
                {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "watch"}},
                    "podSelector": {"matchLabels": {"app.kubernetes.io/name": caller}},
                }
            ],
            "ports": [{"port": port, "protocol": "TCP"}],
        }
    ]
    ports = Counter(port["port"] for way in spec["egress"] for port in way["ports"])
    assert ports == {53: 2, 80: 1, 443: 1}
    serves = recorder.inputs("Deployment", f"drift-{program}")["spec"]["template"]["spec"]["containers"][0]["ports"]
    assert serves == [{"name": "http", "containerPort": port}]


def test_labels_of_a_verdict_win_over_the_pods(made: dict[str, Any], recorder: Recorder) -> None:
    spec = recorder.inputs("PodMonitor", "drift-monitor")["spec"]
    assert spec["podMetricsEndpoints"] == [{"port": "http", "honorLabels": True}]
    assert spec["selector"] == {"matchLabels": {"app.kubernetes.io/name": "drift-exporter"}}


def test_pods_come_after_their_credentials_and_their_fence(made: dict[str, Any], recorder: Recorder) -> None:
    for program in PROGRAMS:
        depends = recorder.one("Deployment", f"drift-{program}").depends
        assert {
            f"PodIdentityAssociation drift-{program}",
            f"NetworkPolicy drift-{program}-network",
            "NetworkPolicy drift-deny",
        } <= depends


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"namespace": "Drift"}, "namespace = 'Drift'; allowed: a DNS label"),
        ({"image": "example.com/workloads:1"}, "image = 'example.com/workloads:1'; allowed: an image by its digest"),
        ({"models": {}}, "models is empty; allowed: at least one"),
        ({"alerts": {}}, "alerts is empty; allowed: at least one"),
        ({"alerts": {"A": "manual"}}, "alerts.A = 'manual'; allowed: drift, performance"),
        ({"every_minutes": 4}, "every_minutes = 4; allowed: 5 to 1440"),
        ({"threshold": 0}, "models.fraud.threshold = 0; allowed: over 0, up to 1"),
        ({"false_alarms_per_day": 0}, "models.fraud.false_alarms_per_day = 0; allowed: over 0, up to 1"),
        ({"least_distance": 0.9}, "models.fraud.least_distance = 0.9; allowed: 0 to 0.83"),
        ({"quality": {"kind": "ranking"}}, "models.fraud.quality.kind = 'ranking'; allowed: classifier, regression"),
        ({"quality": {"least": 1}}, "models.fraud.quality.least = 1; allowed: below 1"),
        (
            {"quality": {"delay_days": 30}},
            "models.fraud.quality.delay_days = 30; allowed: 0 to less than days, 30",
        ),
        ({"min_rows": 0}, "models.fraud.min_rows = 0; allowed: from 1"),
        ({"window_hours": 0}, "models.fraud.window_hours = 0; allowed: from 1"),
    ],
)
def test_what_could_not_work_is_refused(recorder: Recorder, given: dict[str, Any], said: str) -> None:
    model = sample(DriftMonitor)["models"]["fraud"]
    inner = {
        key: {**model[key], **value} if isinstance(value, dict) else value
        for key, value in given.items()
        if key in model
    }
    more = {"models": {"fraud": {**model, **inner}}} if inner else given
    with pytest.raises(ValueError, match="DriftMonitor 'drift'") as refused:
        monitor(**more)
    assert said in str(refused.value)
