"""Models scaled by the real KEDA, by what a real Prometheus answers, and what happens while that is gone."""

from collections.abc import Iterator

import pytest

from monitoring.emitters import keda as emitter
from sandbox.kubernetes.client import Client
from sandbox.kubernetes.programs import HOST, ROLLOUTS, START
from sandbox.loop.programs import Programs
from sandbox.toolchain import Toolbox, Toolchain
from tests.components.conftest import whole
from tests.sandbox import watched
from tests.sandbox.conftest import until
from tests.sandbox.scaler import ADAPTER, OPERATOR, Keda, keda
from tests.sandbox.watched import Exporter
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import local
from tests.workloads.exposition import Exposition

pytestmark = [pytest.mark.sandbox, pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")]
TEAM, MODELS = "vision", ("busy", "idle")
LEAST, MOST, BLIND = 2, 4, 3
"""Pods of a model of local with little to do, with much to do, and while nothing is known."""
LITTLE, MUCH = 1, 32
"""Requests in flight; one pod takes 8."""
PATIENCE = 150
"""KEDA asks every 15 s and puts up with 4 failures; the autoscaler looks every 15 s."""


class Servers(Exporter):
    """Serves the series of all pods of the models, as MLServer has them."""

    def __init__(self) -> None:
        self.in_flight = dict.fromkeys(MODELS, LITTLE)
        super().__init__(lambda: "".join(map(self.series, MODELS)))

    def series(self, model: str) -> str:
        labels = f'namespace="{TEAM}",pod="{model}-abc12-def34"'
        asked = f'{labels},path="/v2/models/{model}/infer",status_code="200"'
        return (
            f"rest_server_requests_in_progress{{{labels}}} {self.in_flight[model]}\n"
            f"rest_server_requests_total{{{asked}}} 1\n"
        )


class World(watched.World):
    """A control plane with two models, their series, a Prometheus and KEDA."""

    def __init__(self, client: Client, programs: Programs, tools: Toolchain) -> None:
        super().__init__(client, programs, tools)
        self.servers = Servers()

    def deploy(self) -> None:
        """Apply what the stack makes of the settings of two models; the address of Prometheus alone differs."""
        settings = local()
        credit = settings["services"]["credit"]
        serving = {**settings["serving"], "prometheus": self.prometheus}
        found = wired({**settings, "serving": serving, "services": dict.fromkeys(MODELS, credit)})
        for one in found.found:
            if one.parent in [f"ModelService model-{name}" for name in MODELS] and "apiVersion" in one.inputs:
                self.client.apply(whole(one.inputs))

    def pods(self, model: str) -> int:
        """Pods that run."""
        chosen = f"labelSelector=ml-platform/model={model}"
        pods = self.client.send("GET", f"/api/v1/namespaces/{TEAM}/pods?{chosen}")["items"]
        return sum(one["status"].get("phase") == "Running" for one in pods)

    def falls_back(self, model: str) -> str:
        """The status of the condition `Fallback` of its ScaledObject."""
        found = self.client.send("GET", f"/apis/keda.sh/v1alpha1/namespaces/{TEAM}/scaledobjects/{model}")
        conditions = {one["type"]: one["status"] for one in found.get("status", {}).get("conditions", [])}
        return conditions.get("Fallback", "")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Keda]]:
    folder = tmp_path_factory.mktemp("scaling")
    tools = Toolbox().ensure([*START, ROLLOUTS, "prometheus", OPERATOR, ADAPTER])
    with watched.cluster(folder, tools, TEAM) as (plane, client, programs):
        made = World(client, programs, tools)
        made.watch(made.servers.port)
        try:
            made.deploy()
            with keda(plane, tools, tmp_path_factory.mktemp("keda")) as scaler:
                yield made, scaler
        finally:
            made.servers.stop()


def test_a_model_has_as_many_pods_as_its_requests_take(world: tuple[World, Keda]) -> None:
    here, _ = world
    until(lambda: {name: here.pods(name) for name in MODELS} == dict.fromkeys(MODELS, LEAST), PATIENCE, "least pods")
    here.servers.in_flight["busy"] = MUCH
    until(lambda: here.pods("busy") == MOST, PATIENCE, "the busy model has the most pods")
    assert here.pods("idle") == LEAST


def test_keda_exposes_what_the_contract_says(world: tuple[World, Keda]) -> None:
    _, scaler = world
    seen = Exposition(f"http://{HOST}:{scaler.ports['metrics']}/metrics")
    metrics = [one for one in emitter.METRICS if one.name != "keda_scaled_object_errors_total"]
    assert [text for metric in metrics for text in seen.departs(metric)] == []


def test_without_prometheus_a_model_has_the_pods_of_its_fallback(world: tuple[World, Keda]) -> None:
    here, scaler = world
    here.blindfold()
    until(lambda: here.pods("idle") == BLIND, PATIENCE, "the idle model has the pods of its fallback")
    assert here.falls_back("idle") == "True"
    assert here.pods("busy") == MOST  # fewer, but not within the autoscaler's five minutes
    seen = Exposition(f"http://{HOST}:{scaler.ports['metrics']}/metrics")
    assert [text for metric in emitter.METRICS for text in seen.departs(metric)] == []


def test_with_prometheus_back_its_answers_count_again(world: tuple[World, Keda]) -> None:
    here, _ = world
    here.servers.in_flight["idle"] = MUCH
    here.watch(here.servers.port)
    until(lambda: here.pods("idle") == MOST, PATIENCE, "the model has the pods that its requests take")
    until(lambda: {here.falls_back(name) for name in MODELS} == {"False"}, PATIENCE, "nothing falls back")
