"""Canaries by the real controller, judged by a real Prometheus: on to the end, or all the way back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from monitoring.emitters import rollouts
from sandbox.kubernetes.client import Client
from sandbox.kubernetes.programs import ROLLOUTS, START
from sandbox.loop.programs import Programs
from sandbox.toolchain import Toolbox, Toolchain
from tests.components.conftest import whole
from tests.sandbox import watched
from tests.sandbox.conftest import until
from tests.sandbox.traffic import Behaviour, Traffic
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import local
from tests.workloads.exposition import Exposition

pytestmark = [pytest.mark.sandbox, pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")]
TEAM, ROLLOUT = "vision", "argoproj.io/v1alpha1"
QUICK = {
    "maxErrorPercent": 1,
    "maxLatencyMs": 300,
    "minRequests": 10,
    "windowSeconds": 5,
    "intervalSeconds": 3,
    "checks": 3,
    "failures": 1,
    "errors": 1,
}
BEHAVIOURS = {
    ("failing", "2"): Behaviour(failing=0.2),
    ("slow", "2"): Behaviour(seconds=0.6),
    ("quiet", "2"): Behaviour(asked=False),
    ("blind", "2"): Behaviour(failing=0.2),
}
BACK = ("failing", "slow", "quiet")
SETTINGS = local()


def documents(version: str, prometheus: str) -> dict[str, list[dict[str, Any]]]:
    """Model to what the stack makes of its settings in the cluster."""
    credit = SETTINGS["services"]["credit"]
    rollout = {"mode": "canary", "analysis": QUICK, "keepSeconds": 5}
    services = {name: {**credit, "version": version, "rollout": rollout} for name in ("good", "blind", *BACK)}
    serving = {**SETTINGS["serving"], "prometheus": prometheus}
    found = wired({**SETTINGS, "serving": serving, "services": services})
    made = {
        name: [whole(one.inputs) for one in found.found if one.parent == f"ModelService model-{name}"]
        for name in services
    }
    objects = {name: [one for one in some if "apiVersion" in one] for name, some in made.items()}
    for one in objects["blind"]:
        if one["kind"] == "Rollout":  # a rollout that nobody judges
            steps = one["spec"]["strategy"]["canary"]["steps"]
            one["spec"]["strategy"]["canary"]["steps"] = [step for step in steps if "analysis" not in step]
    return objects


class World(watched.World):
    """A control plane with models, their users, and a Prometheus."""

    def __init__(self, client: Client, programs: Programs, tools: Toolchain) -> None:
        super().__init__(client, programs, tools)
        self.traffic = Traffic(client, TEAM, BEHAVIOURS)
        self.folder = programs.folder

    def apply(self, version: str) -> None:
        for objects in documents(version, self.prometheus).values():
            for one in objects:
                self.client.apply(one)

    def rollout(self, name: str) -> dict[str, Any]:
        return self.client.get(self.traffic.named(ROLLOUT, "Rollout", name)) or {}

    def phase(self, name: str) -> str:
        """Its phase, once the controller has seen the latest version."""
        live = self.rollout(name)
        status = live.get("status", {})
        seen = str(status.get("observedGeneration")) == str(live["metadata"]["generation"])
        return status.get("phase", "") if seen else ""

    def serves(self, name: str) -> set[str]:
        """Versions of the pods that the stable service selects."""
        service = self.client.get(self.traffic.named("v1", "Service", name)) or {}
        chosen = ",".join(f"{key}={value}" for key, value in service["spec"]["selector"].items())
        pods = self.client.send("GET", f"/api/v1/namespaces/{TEAM}/pods?labelSelector={chosen}")["items"]
        return {pod["metadata"]["labels"]["ml-platform/version"] for pod in pods}

    def exposed(self) -> Exposition:
        """What the controller tells Prometheus."""
        record = json.loads((self.folder / ".sandbox/local/kubernetes/record.json").read_text())
        return Exposition(f"http://127.0.0.1:{record['ports']['rollouts-metrics']}/metrics")

    def phases(self) -> dict[str, str]:
        """Rollout to the phase that its metric has: a word of its own for each `status.phase`."""
        return {labels["name"]: labels["phase"] for labels, _ in self.exposed().samples["rollout_info"]}

    def judged(self, name: str) -> dict[str, str]:
        """Metric of the latest analysis to how it ended."""
        runs = self.client.send("GET", f"/apis/{ROLLOUT}/namespaces/{TEAM}/analysisruns")["items"]
        own = [one for one in runs if one["metadata"]["ownerReferences"][0]["name"] == name]
        last = max(own, key=lambda one: one["metadata"]["creationTimestamp"])
        return {one["name"]: one["phase"] for one in last["status"].get("metricResults", [])}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Five models that serve version 1, with version 2 on its way."""
    folder = tmp_path_factory.mktemp("rollouts")
    tools = Toolbox().ensure([*START, ROLLOUTS, "prometheus"])
    with watched.cluster(folder, tools, TEAM) as (_, client, programs):
        made = World(client, programs, tools)
        made.watch(made.traffic.start())
        try:
            made.apply("1")
            for name in ("good", "blind", *BACK):
                until(lambda name=name: made.phase(name) == "Healthy", 60, f"{name} serves version 1")
            made.apply("2")
            yield made
        finally:
            made.traffic.stop()


def test_a_good_version_gets_all_traffic_step_by_step(world: World) -> None:
    until(lambda: world.phase("good") == "Healthy", 120, "good serves version 2")
    shares = world.traffic.weights["good"]
    assert shares[: shares.index(100) + 1] == [0, 5, 25, 50, 100]
    until(lambda: world.serves("good") == {"2"}, 10, "the stable service is version 2")
    until(lambda: world.phases()["good"] == "Completed", 60, "the metric says so")


@pytest.mark.parametrize(("name", "because"), [("failing", "errors"), ("slow", "latency"), ("quiet", "requests")])
def test_a_version_that_is_not_known_to_be_good_is_taken_back(world: World, name: str, because: str) -> None:
    until(lambda: world.phase(name) == "Degraded", 60, f"{name} is given up")
    assert world.judged(name)[because] == "Failed"
    until(lambda: world.traffic.weights[name][-1] == 0, 10, "all traffic is back")
    assert world.traffic.weights[name] == [0, 5, 0]
    assert world.rollout(name)["status"]["abort"] is True
    assert world.serves(name) == {"1"}


def test_without_analysis_a_bad_version_would_get_everything(world: World) -> None:
    """What the other tests would say if the product forgot to judge."""
    until(lambda: world.phase("blind") == "Healthy", 60, "blind serves version 2")
    until(lambda: world.serves("blind") == {"2"}, 10, "the stable service is version 2")


def test_without_prometheus_nothing_is_known_and_so_nothing_goes_on(world: World) -> None:
    until(lambda: world.phase("good") == "Healthy", 120, "good serves version 2")
    seen = len(world.traffic.weights["good"])
    world.blindfold()
    world.apply("3")
    until(lambda: world.phase("good") == "Degraded", 60, "good is given up")
    assert world.judged("good")["errors"] == "Error"
    until(lambda: world.traffic.weights["good"][-1] == 0, 10, "all traffic is back")
    assert max(world.traffic.weights["good"][seen:]) == 5
    assert world.serves("good") == {"2"}


def test_the_controller_exposes_what_the_contract_says(world: World) -> None:
    until(lambda: all(world.phase(name) == "Degraded" for name in BACK), 60, "no new version is served")
    seen = world.exposed()
    assert seen.samples["analysis_run_info"]
    assert [text for metric in rollouts.METRICS for text in seen.departs(metric)] == []
    phases = world.phases()
    assert {name: phases[name] for name in ("good", *BACK)} == dict.fromkeys(("good", *BACK), "Abort")
