"""Scenarios on the real control plane, through the command line: what becomes of pods, nodes and money."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.kubernetes.plane import ControlPlane
from sandbox.place import Place
from sandbox.sim.play import client_of
from sandbox.sim.stage import Stage
from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
POOLS = Path(__file__).with_name("sim_pools.yaml")


class World:
    """A checkout whose control plane runs, and what plays there."""

    def __init__(self, checkout: Checkout, plane: ControlPlane) -> None:
        self.checkout, self.plane = checkout, plane

    @property
    def stage(self) -> Stage:
        """With a client of its own: the first scenario with teams starts the control plane again."""
        return Stage(client_of(self.plane))

    def file(self, **scenario: Any) -> str:
        file = self.checkout.path / "scenario.yaml"
        file.write_text(yaml.safe_dump({"description": "x", "speed": 2, **scenario}))
        return str(file)

    def play(self, *more: str, code: int = 0, **scenario: Any) -> dict[str, Any]:
        found = self.checkout.mlp("sim", self.file(**scenario), "--pools", str(POOLS), *more, code=code)
        assert self.stage.left() == []
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    checkout = Checkout(tmp_path_factory.mktemp("checkout"), cluster=True)
    checkout.mlp("up")
    yield World(checkout, ControlPlane(Place(checkout.path, "local"), "eu-central-1"))
    checkout.end()


def test_jobs_and_services_run_on_spot_within_the_limits_and_nothing_is_left(world: World, tmp_path: Path) -> None:
    found = world.play(
        "--out",
        str(tmp_path / "out"),
        minutes=40,
        jobs=[{"name": "train", "count": 12, "minutes": 10, "gpus": 1}],
        services=[{"name": "chat", "replicas": [{"at": 0, "count": 2}, {"at": 20, "count": 5}]}],
    )
    assert (found["jobs"]["done"], found["jobs"]["unfinished"]) == (12, 0)
    assert found["pods"]["never_ran"] == 0
    assert found["pods"]["created"] == 12 + 5
    assert set(found["nodes"]["capacity"]) == {"spot"}
    assert all(0 <= one["peak"] <= one["limit"] for one in found["limits"].values())
    assert found["limits"]["sim-gpu-spot"]["peak"] >= 12
    assert found["interruptions"]["pods_lost"] == 0
    assert 0 < found["cost"]["total"] < found["cost"]["on_demand"]
    assert json.loads((tmp_path / "out" / "scenario.json").read_text())["cost"] == found["cost"]
    assert (tmp_path / "out" / "scenario.png").read_bytes().startswith(b"\x89PNG")


def test_what_an_interruption_takes_runs_again_from_its_checkpoint(world: World) -> None:
    found = world.play(
        minutes=60,
        jobs=[{"name": "train", "count": 24, "minutes": 40, "gpus": 1, "checkpoint": 4}],
        interruptions=[{"at": 40, "share": 0.3}],
    )
    lost = found["interruptions"]
    assert lost["jobs_interrupted"] > 0
    assert lost["jobs_that_ran_again"] == lost["jobs_interrupted"]
    assert found["jobs"]["unfinished"] == 0
    assert lost["gpu_minutes_lost"] < 4 * lost["pods_lost"]


def test_in_a_drought_work_falls_back_to_on_demand_and_returns(world: World) -> None:
    found = world.play(
        minutes=120,
        jobs=[
            {"name": "early", "count": 4, "minutes": 90, "gpus": 1},
            {"name": "dry", "at": 40, "count": 8, "minutes": 10, "gpus": 1},
            {"name": "late", "at": 90, "count": 16, "minutes": 10, "gpus": 1},
        ],
        shortages=[{"at": 30, "until": 80}],
    )
    (shortage,) = found["shortages"]
    assert shortage["on_demand_nodes"] > 0
    assert shortage["spot_again_minute"] >= 90
    assert found["jobs"]["unfinished"] == 0
    assert found["interruptions"]["pods_lost"] == 0  # what runs is left alone
    assert found["limits"]["sim-gpu-on-demand"]["peak"] <= found["limits"]["sim-gpu-on-demand"]["limit"]


def test_no_team_exceeds_its_quota_and_no_pool_its_limit(world: World) -> None:
    found = world.play(
        minutes=60,
        jobs=[
            {"name": "sweep", "team": "research", "count": 12, "minutes": 10, "gpus": 1},
            {"name": "large", "team": "speech", "count": 2, "minutes": 10, "gpus": 4},
        ],
        quotas={"research": 4, "speech": 4},
    )
    assert found["jobs"]["unfinished"] == 0
    assert {space: one["peak"] for space, one in found["quotas"].items()} == {"sim-research": 4, "sim-speech": 4}
    assert found["jobs"]["queued_minutes"]["p95"] >= 20


def test_an_interrupt_takes_the_scenario_away(world: World) -> None:
    jobs = [{"name": "train", "count": 8, "minutes": 500}]
    file = world.file(minutes=600, jobs=jobs, shortages=[{"at": 30, "until": 500, "zones": ["a"]}])
    process = world.checkout.start("sim", file, "--pools", str(POOLS))
    types, deadline = world.plane.folder / "instance-types.json", time.monotonic() + 90
    while '"Available": false' not in types.read_text() and time.monotonic() < deadline:
        time.sleep(0.5)
    assert '"Available": false' in types.read_text()
    assert world.stage.nodes()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert world.stage.left() == []
    assert '"Available": false' not in types.read_text()


def test_the_platforms_own_pools_serve_a_scenario_and_a_tenant_within_its_namespace(world: World) -> None:
    jobs = [{"name": "train", "team": "vision", "count": 6, "minutes": 5}]
    found = world.checkout.mlp("sim", world.file(minutes=40, jobs=jobs))
    assert found["jobs"]["done"] == 6
    assert found["quotas"] == {"vision": {"limit": 4, "peak": 4}}  # the tenant's own
    assert set(found["limits"]) == {"sim-training-spot", "sim-training-on-demand"}
    assert world.stage.left() == []
    assert world.checkout.live("namespace", "vision")["metadata"]["name"] == "vision"


def test_without_node_pools_it_is_told_what_to_do(world: World, tmp_path: Path) -> None:
    (tmp_path / "none.yaml").write_text(POOLS.read_text().partition("---")[0])
    file = world.file(minutes=10, jobs=[{"name": "train", "count": 1, "minutes": 1}])
    told = world.checkout.mlp("sim", file, "--pools", str(tmp_path / "none.yaml"), code=1)
    assert "no node pools" in told["errors"][0]
    assert "--pools" in told["errors"][0]


def test_the_platform_goes_down_while_kueue_guards_its_queues(world: World) -> None:
    jobs = [{"name": "train", "team": "vision", "count": 1, "minutes": 1}]
    world.checkout.mlp("sim", world.file(minutes=40, jobs=jobs))  # from then on Kueue runs
    assert world.checkout.live("clusterqueue", "vision")["metadata"]["finalizers"] == ["kueue.x-k8s.io/resource-in-use"]
    assert world.checkout.mlp("down")["left"] == []
