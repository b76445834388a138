"""The registry of an environment: wired from its settings, and a gate that could not be meant is refused."""

from typing import Any

import pytest

from mlp.promote import gate_of
from stacks.settings import Settings
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import DELETE, changed, local, refusal, shipped
from workloads.promotion.__main__ import GateError, read_gate
from workloads.promotion.gate import Alias, Check, Policy

ENVIRONMENTS = ("local", "dev", "staging", "prod")


@pytest.fixture(scope="module")
def exports() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def found(exports: dict[str, Any]) -> Any:
    return wired(local(), exports)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_has_a_registry_and_pipelines_and_people_have_one_gate(environment: str) -> None:
    settings = Settings.from_file(environment)
    assert settings.model_registry
    text = settings.model_registry.promotion.model_dump_json(by_alias=True, exclude_none=True)
    assert Policy.model_validate_json(text) == gate_of(environment)
    assert set(gate_of(environment).aliases) == set(Alias)


def test_the_gate_in_the_cluster_is_that_of_the_settings(found: Any, tmp_path: Any) -> None:
    data = found.inputs("ConfigMap", "model-registry-promotion-gate")["data"]
    (tmp_path / "gate.json").write_text(data["gate.json"])
    assert read_gate(str(tmp_path / "gate.json")) == gate_of("local")
    assert data["publish"].startswith("s3://")
    assert data["publish"].endswith("/models")


def test_it_stands_on_the_environments_database_and_store(found: Any, exports: dict[str, Any]) -> None:
    values = found.inputs("Release", "model-registry")["values"]
    assert values["artifactRoot"]["s3"] == {
        "enabled": True,
        "bucket": exports["stores"]["artifacts"]["bucket"],
        "path": "runs",
    }
    assert exports["database"]["endpoint"].startswith(f"{values['extraEnvVars']['PGHOST']}:")
    assert "10.0.*:5000" in values["serverAllowedHosts"]
    assert "Release addons-external-secrets" in found.one("Namespace", "model-registry").depends
    assert exports["modelRegistry"]["uri"] == "http://mlflow.mlflow.svc"


def test_a_team_that_may_call_it_is_let_out_to_it(found: Any) -> None:
    (rule,) = found.one("NetworkPolicy", "tenant-vision-called").inputs["spec"]["egress"]
    assert rule["to"][0]["namespaceSelector"]["matchExpressions"][0]["values"] == ["mlflow"]
    callers = found.one("NetworkPolicy", "model-registry-callers").inputs["spec"]["ingress"][0]["from"][0]
    assert callers["namespaceSelector"]["matchExpressions"][0]["values"] == ["vision", "monitoring"]


def test_an_environment_without_it_has_nothing_of_it() -> None:
    found = wired(changed(local(), modelRegistry=DELETE))
    assert [one.title for one in found.found if one.name.startswith("model-registry") or "called" in one.name] == []


R = "modelRegistry__"
FRAUD = f"{R}promotion__models__fraud"


@pytest.mark.parametrize(
    ("environment", "change", "told"),
    [
        ("local", {"secrets": DELETE}, 'modelRegistry = "...": needs `secrets`: add it'),
        ("local", {"database": DELETE}, 'modelRegistry = "...": needs `database`: add it'),
        ("local", {f"{R}databaseUser": "root"}, 'databaseUser = "root": allowed: a user of database (mlflow)'),
        (
            "local",
            {f"{R}adminSecret": "key"},
            'adminSecret = "key": allowed: a secret of secrets.names (grafana-admin, mlflow-admin)',
        ),
        ("local", {f"{R}store": "lost"}, 'modelRegistry.lost = "lost": allowed: a store of stores'),
        ("local", {f"{R}published": "dirt"}, 'modelRegistry.artifacts = "dirt": allowed: a prefix of stores.artifacts'),
        ("local", {f"{R}published": "runs"}, 'published = "runs": allowed: another prefix than modelRegistry.prefix'),
        ("local", {f"{R}image": "mlflow:3"}, "allowed: an image pinned by its digest"),
        ("local", {f"{R}hosts": ["*"]}, 'hosts.0 = "*": allowed: a host name'),
        ("local", {f"{R}callers": []}, "modelRegistry.callers = []"),
        ("local", {f"{FRAUD}__quality": DELETE}, "fraud.quality = null: an alias demands it"),
        ("local", {f"{FRAUD}__quality__atMost": 1}, "quality needs atLeast or atMost, and not both"),
        ("local", {f"{FRAUD}__qualty": {}}, "fraud.qualty: no such setting; allowed here: risk, quality"),
        ("local", {f"{R}promotion__aliases__winner": ["quality"]}, "aliases.winner"),
        ("local", {f"{R}promotion__aliases__champion": ["luck"]}, "aliases.champion.0"),
        ("dev", {"workloads__trainer__writes": {"artifacts": ["models"]}}, "here only who promotes writes"),
        (
            "dev",
            {"tenants__vision__serviceAccounts__trainer__writes": {"artifacts": ["models"]}},
            'tenants.vision.serviceAccounts.trainer.writes.artifacts = "models": allowed: others',
        ),
        (
            "dev",
            {
                "workloads__tracking": {
                    "namespace": "mlflow",
                    "serviceAccount": "mlflow",
                    "reads": {"artifacts": ["runs"]},
                }
            },
            "modelRegistry makes this identity, and there can be one",
        ),
        ("prod", {f"{R}replicas": 1}, "modelRegistry.replicas = 1: allowed in prod: 2 or more"),
        ("prod", {f"{R}promotion__aliases__champion": ["quality"]}, "allowed in prod: every check; missing: champion"),
        ("prod", {f"{FRAUD}__risk": DELETE}, "fraud.risk = null: prod needs it"),
        ("prod", {f"{FRAUD}__latency": DELETE}, "fraud.latency = null: an alias demands it"),
        ("prod", {f"{FRAUD}__maxMib": DELETE}, "fraud.maxMib = null: an alias demands it"),
        (
            "prod",
            {f"{R}promotion__approvers__fraud-lead": DELETE},
            "fraud.approvals = 2: 1 keys in promotion.approvers",
        ),
        ("staging", {f"{FRAUD}__approvals": 1}, "fraud.approvals = 1: input should be greater"),
        ("staging", {f"{R}promotion__approvers__fraud-lead": "ssh-rsa"}, "promotion.approvers.fraud-lead"),
    ],
)
def test_what_could_not_work_is_refused(environment: str, change: dict[str, Any], told: str) -> None:
    lines = refusal(changed(shipped(environment), **change))
    assert any(told in line and line.startswith("ml-platform:") for line in lines), lines


def test_an_environment_without_a_gate_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GateError, match="has no stacks/Pulumi"):
        gate_of("attic")
    bare = Settings.parse(changed(local(), modelRegistry=DELETE))
    monkeypatch.setattr(Settings, "from_file", lambda stack: bare)
    with pytest.raises(GateError, match="local has no `modelRegistry`"):
        gate_of("local")


def test_protected_environments_demand_everything_of_a_champion() -> None:
    for environment in ("staging", "prod"):
        assert set(gate_of(environment).aliases[Alias.CHAMPION]) == set(Check)
