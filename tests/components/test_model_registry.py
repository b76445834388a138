"""MLflow: who reaches it, what it may do, how it signs in, and that nothing of it is by tag, root or writable."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from components import ModelRegistry
from components import _mlflow as mlflow
from components._tenant_documents import POD_IDENTITY_AGENT
from tests.components.conftest import Recorder, Run
from tests.components.crds import problems
from tests.components.iam import decide
from tests.components.samples import KEY, sample

ROOT = Path(__file__).parents[2]
BUCKET = "arn:aws:s3:::artifacts"
DATABASE = "arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-ABC"


def registry(**more: Any) -> ModelRegistry:
    return ModelRegistry("registry", {**sample(ModelRegistry), **more})  # pyright: ignore


@pytest.fixture
def values(recorder: Recorder, run: Run) -> dict[str, Any]:
    run(registry)
    return recorder.inputs("Release", "registry")["values"]


def test_every_container_is_pinned_not_root_read_only_and_limited(values: dict[str, Any]) -> None:
    name, _, digest = sample(ModelRegistry)["image"].partition("@")
    assert (values["image"]["repository"], values["image"]["digest"]) == (name, digest)
    for one in (values, *values["initContainers"]):
        safe = one["securityContext"]
        assert (safe["runAsNonRoot"], safe["readOnlyRootFilesystem"], safe["privileged"]) == (True, True, False)
        assert safe["allowPrivilegeEscalation"] is False
        assert one["resources"]["limits"]["memory"]
        assert one["resources"]["requests"]["cpu"]
    assert [one["image"] for one in values["initContainers"]] == [f"{name}@{digest}"] * 2
    # Of the chart's own containers none is switched on: they have images by tag only.
    assert not {"auth", "backendStore", "ldapAuth", "postgresql", "oauth2Proxy"} & set(values)


def test_a_tag_beside_the_digest_is_left_out(recorder: Recorder, run: Run) -> None:
    run(lambda: registry(image=f"here.example.com:5000/mlflow:v1@sha256:{'1' * 64}"))
    image = recorder.inputs("Release", "registry")["values"]["image"]
    assert (image["repository"], image["digest"]) == ("here.example.com:5000/mlflow", f"sha256:{'1' * 64}")


def test_the_version_is_that_of_the_programs_that_are_tested(values: dict[str, Any]) -> None:
    lock = (ROOT / "tools/workloads/requirements.lock").read_text()
    assert f"\nmlflow=={values['image']['tag']} " in lock
    assert re.search(r"^(flask-wtf|prometheus-flask-exporter|psycopg2-binary)==", lock, re.M)


def test_no_secret_is_in_any_manifest_and_none_is_a_password_of_the_database(
    recorder: Recorder, values: dict[str, Any]
) -> None:
    assert [one.kind for one in recorder.of("Secret")] == []
    text = json.dumps(values)
    assert "PGPASSWORD" not in text
    assert values["extraEnvVars"]["PGPASSFILE"] == "/run/database/pgpass"
    assert values["extraSecretNamesForEnvFrom"] == ["mlflow-admin"]
    wanted = recorder.one("ExternalSecret", "registry-admin").inputs["spec"]
    assert wanted["data"][0]["remoteRef"]["key"] == sample(ModelRegistry)["admin_secret_arn"]
    assert wanted["target"]["template"]["data"]["MLFLOW_AUTH_ADMIN_PASSWORD"] == "{{ .password }}"


def test_authentication_is_on_and_hosts_are_named(recorder: Recorder, values: dict[str, Any]) -> None:
    assert values["extraArgs"]["appName"] == "basic-auth"
    ini = recorder.inputs("ConfigMap", "registry-mlflow-files")["data"]["basic_auth.ini"]
    assert "admin_password" not in ini
    assert values["extraEnvVars"]["MLFLOW_AUTH_CONFIG_PATH"] == "/etc/mlflow-platform/basic_auth.ini"
    assert "mlflow.mlflow.svc" in values["serverAllowedHosts"]
    assert "mlflow.example.com" in values["serverAllowedHosts"]
    assert "*" not in values["serverAllowedHosts"]


@pytest.mark.parametrize(
    ("account", "action", "resource", "answer"),
    [
        ("mlflow", "s3:GetObject", f"{BUCKET}/runs/1/a", "Allow"),
        ("mlflow", "s3:PutObject", f"{BUCKET}/runs/1/a", "Allow"),
        ("mlflow", "s3:PutObject", f"{BUCKET}/models/fraud/1/a", "no"),
        ("mlflow", "rds-db:connect", f"{DATABASE}/mlflow", "Allow"),
        ("mlflow", "rds-db:connect", f"{DATABASE}/platform_admin", "no"),
        ("promotion", "s3:GetObject", f"{BUCKET}/runs/1/a", "Allow"),
        ("promotion", "s3:PutObject", f"{BUCKET}/models/fraud/1/a", "Allow"),
        ("promotion", "s3:PutObject", f"{BUCKET}/runs/1/a", "no"),
        ("promotion", "rds-db:connect", f"{DATABASE}/mlflow", "no"),
        ("promotion", "kms:GenerateDataKey", KEY, "Allow"),
    ],
)
def test_each_account_may_do_its_own(
    recorder: Recorder, run: Run, account: str, action: str, resource: str, answer: str
) -> None:
    run(registry)
    name = f"registry-{account}"
    kinds = [one.name for one in recorder.of("RolePolicy") if one.name.startswith(f"{name}-")]
    assert decide([s for kind in kinds for s in recorder.statements("RolePolicy", kind)], action, resource) == answer


def test_it_starts_after_what_it_needs_and_the_controllers_outlive_it(recorder: Recorder, values: Any) -> None:
    depends = recorder.one("Release", "registry").depends
    assert {"PodIdentityAssociation registry-mlflow", "ExternalSecret registry-admin"} <= depends
    assert {"ConfigMap registry-mlflow-files", "NetworkPolicy registry-default-deny"} <= depends
    assert "SecretStore registry-store" in recorder.one("ExternalSecret", "registry-admin").depends


def test_the_network_lets_in_callers_and_out_to_database_and_s3(recorder: Recorder, values: Any) -> None:
    found = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in recorder.of("NetworkPolicy")}
    assert set(found) == {"default-deny", "own-namespace", "platform", "callers", "database"}
    (rule,) = found["callers"]["ingress"]
    (term,) = rule["from"][0]["namespaceSelector"]["matchExpressions"]
    assert (term["values"], rule["ports"]) == (["vision", "pipelines"], [{"port": 5000, "protocol": "TCP"}])
    (out,) = found["database"]["egress"]
    assert (out["to"], out["ports"][0]["port"]) == ([{"ipBlock": {"cidr": "10.0.0.0/16"}}], 5432)
    cidrs = [one["ipBlock"]["cidr"] for rule in found["platform"]["egress"] for one in rule["to"] if "ipBlock" in one]
    assert cidrs == [POD_IDENTITY_AGENT, "10.0.0.0/16"]


def test_the_kinds_of_others_are_as_their_definitions_have_them(recorder: Recorder, values: Any) -> None:
    for kind, name in (("SecretStore", "-store"), ("ExternalSecret", "-admin"), ("ServiceMonitor", "")):
        one = recorder.one(kind, f"registry{name}")
        assert problems({key: one.inputs[key] for key in ("apiVersion", "kind", "metadata", "spec")}) == []


def test_it_is_scraped_with_credentials_or_not_at_all(recorder: Recorder, values: Any, run: Run) -> None:
    (endpoint,) = recorder.one("ServiceMonitor", "registry").inputs["spec"]["endpoints"]
    assert endpoint["basicAuth"]["password"] == {"name": "mlflow-admin", "key": "MLFLOW_AUTH_ADMIN_PASSWORD"}
    assert values["extraArgs"]["exposePrometheus"].startswith("/tmp/")
    assert "exposePrometheus" not in mlflow.arguments(mlflow.Setup("a@b", 1, "r", "b", "p", "h", "u"))


@pytest.mark.parametrize(("replicas", "budgets"), [(1, 0), (2, 1)])
def test_two_servers_have_a_disruption_budget(recorder: Recorder, run: Run, replicas: int, budgets: int) -> None:
    run(lambda: registry(replicas=replicas))
    assert len(recorder.of("PodDisruptionBudget")) == budgets


def test_the_gate_is_where_no_team_can_change_it(recorder: Recorder, run: Run) -> None:
    outputs = run(registry)
    gate = recorder.inputs("ConfigMap", "registry-promotion-gate")
    assert gate["metadata"]["namespace"] == outputs["namespace"] == "mlflow"
    assert gate["data"] == {"gate.json": sample(ModelRegistry)["gate"], "publish": "s3://artifacts/models"}
    assert outputs["tracking_uri"] == "http://mlflow.mlflow.svc"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"replicas": 0}, "replicas = 0; allowed: 1 or more"),
        ({"image": "r/workloads:latest"}, "image = 'r/workloads:latest'; allowed: NAME@sha256"),
        ({"caller_namespaces": []}, "caller_namespaces = ..; allowed: namespaces, at least one"),
        ({"caller_namespaces": ["Vision"]}, "caller_namespaces"),
        ({"allowed_hosts": ["*"]}, "allowed_hosts has '.'"),
        ({"published_prefix": "runs"}, "published_prefix = 'runs'; allowed: another one"),
    ],
)
def test_what_could_not_work_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: registry(**more))
