"""Served models on the real engine and a real API server, and the example that adds one, word by word."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.sandbox.changes import lost, names, take_away
from tests.sandbox.conftest import ABOVE, MODELS, ROOT, Checkout

pytestmark = pytest.mark.sandbox
README = ROOT / "examples" / "fraud-model" / "README.md"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The local environment with a second tenant, and one model of each mode that needs a Gateway."""
    made = Checkout(tmp_path_factory.mktemp("serving"), cluster=True, keep={*ABOVE, *MODELS})
    shipped = yaml.safe_load((ROOT / "stacks" / "Pulumi.local.yaml").read_text())["config"]
    credit = shipped["ml-platform:services"]["credit"]
    made.setting("tenants.research", {**shipped["ml-platform:tenants"]["vision"], "group": "ml-research"})
    made.setting("queue.teams.research", shipped["ml-platform:queue"]["teams"]["vision"])
    candidate = {"version": "2", "image": credit["image"], "provenance": credit["provenance"]}
    made.setting("serving.gateway", {"name": "models", "namespace": "gateway"})
    made.setting("services.shadowed", {**credit, "rollout": {"mode": "shadow", "percent": 10, "candidate": candidate}})
    tested = {"mode": "ab-test", "match": {"header": "x-group", "value": "b"}, "experiment": "deeper-trees"}
    made.setting("services.tested", {**credit, "rollout": {**tested, "candidate": candidate}})
    yield made
    made.end()


@pytest.fixture(scope="module")
def said(checkout: Checkout) -> dict[str, list[str]]:
    """Section of the example's README to what its commands say."""
    found: dict[str, list[str]] = {}
    for section in re.split(r"^## ", README.read_text(), flags=re.M)[1:]:
        lines = [line for block in re.findall(r"```sh\n(.*?)```", section, re.S) for line in block.splitlines()]
        found[section.partition("\n")[0]] = [
            carried_out(checkout, line) for line in lines if not line.startswith("export")
        ]
    return found


def carried_out(checkout: Checkout, line: str) -> str:
    words = shlex.split(line)
    if words[0] == "mlp":
        done = checkout.run(*words[1:])
    else:
        done = subprocess.run(words, cwd=checkout.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_example_does_what_it_says(said: dict[str, list[str]], checkout: Checkout) -> None:
    assert [len(said[name]) for name in ("Code", "Deploy", "Validate", "Destroy")] == [0, 2, 6, 2]
    healthy, *_, ingress, runs = said["Validate"]
    assert "condition met" in healthy
    assert '"Weight":5' in ingress
    assert "fraud" in runs
    assert checkout.kubectl("get", "rollout", "fraud", "-n", "vision").returncode == 1


def test_every_mode_is_taken_by_the_api_server(said: dict[str, list[str]], checkout: Checkout) -> None:
    assert said
    routes = {one["metadata"]["name"]: one["spec"] for one in checkout.live("httproutes", "-n", "vision")["items"]}
    (mirror,) = routes["shadowed"]["rules"][0]["filters"]
    assert mirror["requestMirror"]["percent"] == 10
    assert routes["tested"]["rules"][0]["matches"][0]["headers"][0]["value"] == "b"
    rollouts = {one["metadata"]["name"]: one for one in checkout.live("rollouts", "-n", "vision")["items"]}
    assert {"churn", "credit", "shadowed", "shadowed-candidate", "tested", "tested-candidate"} == set(rollouts)
    assert {one["status"]["phase"] for one in rollouts.values()} <= {"Healthy", "Progressing"}


def test_nothing_is_left_to_change(said: dict[str, list[str]], checkout: Checkout) -> None:
    """What controllers have written into services, load balancers and rollouts is theirs, and no drift."""
    assert said
    assert checkout.mlp("preview")["changes"] == []


def test_the_model_registry_is_accepted_whole(said: dict[str, list[str]], checkout: Checkout) -> None:
    kinds = "networkpolicies,configmaps,serviceaccounts,secretstores,externalsecrets,servicemonitors"
    found = {(one["kind"], one["metadata"]["name"]) for one in checkout.live(kinds, "--namespace=mlflow")["items"]}
    assert {("SecretStore", "mlflow"), ("ExternalSecret", "mlflow-admin"), ("ServiceMonitor", "mlflow")} <= found
    assert {("ConfigMap", "promotion-gate"), ("ServiceAccount", "promotion")} <= found
    assert {name for kind, name in found if kind == "NetworkPolicy"} >= {"default-deny", "callers", "database"}


def test_every_component_is_healthy_or_recorded_only_with_the_reason(
    said: dict[str, list[str]], checkout: Checkout
) -> None:
    """All of the local environment is up: the example has come and gone."""
    found = {one["name"]: one for one in checkout.mlp("status")["components"]}
    assert len(found) > 20
    assert {name: one["broken"] for name, one in found.items() if one["broken"]} == {}
    assert all(": " in text for one in found.values() for text in one["recorded"])


def test_no_pod_in_the_namespace_runs_as_root_or_by_a_tag(said: dict[str, list[str]], checkout: Checkout) -> None:
    assert said
    pods: list[Any] = checkout.live("pods", "-n", "vision")["items"]
    assert pods
    containers = [one for pod in pods for one in [*pod["spec"]["containers"], *pod["spec"]["initContainers"]]]
    assert all("@sha256:" in one["image"] for one in containers)
    assert all(pod["spec"]["securityContext"]["runAsNonRoot"] for pod in pods)


def test_a_tenant_a_service_and_the_watch_for_drift_are_taken_away(
    said: dict[str, list[str]], checkout: Checkout
) -> None:
    """The local environment has no batch job."""
    assert said
    take_away(checkout, "research", service="churn", whole="drift")
    report = checkout.mlp("up")
    assert lost(report) == set()
    assert names(report, "delete") >= {
        "ml-platform:index:Tenant tenant-research",
        "ml-platform:index:ModelService model-churn",
        "ml-platform:index:DriftMonitor drift",
    }


def test_everything_of_it_goes(said: dict[str, list[str]], checkout: Checkout) -> None:
    assert said
    assert checkout.mlp("down")["left"] == []
