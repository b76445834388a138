"""What a player notes of what it sees, without a control plane."""

from types import SimpleNamespace
from typing import Any

from sandbox.sim import documents as doc
from sandbox.sim.measure import figures
from sandbox.sim.play import Player
from sandbox.sim.scenario import Scenario, Service, Step

SERVICE = Service(name="ranker", team="search", replicas=(Step(at=0, count=1),))
SCENARIO = Scenario(description="x", minutes=10, services=(SERVICE,), quotas={"search": 1})


class Stage:
    """A stage on which each look finds other pods."""

    def __init__(self, *looks: dict[str, Any]) -> None:
        self._looks = iter(looks)

    def nodes(self) -> dict[str, Any]:
        return {}

    def pods(self) -> dict[str, Any]:
        return next(self._looks)

    def succeed(self, pod: dict[str, Any]) -> None:
        raise AssertionError("a service's pod does not succeed")


def pod(name: str, *, leaves: bool = False, gated: bool = False) -> dict[str, Any]:
    made = doc.deployment("ranker", "sim-search", 1, 1)["spec"]["template"]
    metadata = {**made["metadata"], "name": name, "namespace": "sim-search"}
    metadata |= {"deletionTimestamp": "2026-01-01T00:00:00Z"} if leaves else {}
    spec = {**made["spec"], "nodeName": "node", **({"schedulingGates": [{"name": "kueue"}]} if gated else {})}
    return {"metadata": metadata, "spec": spec, "status": {"phase": "Pending" if gated else "Running"}}


def peak(*looks: dict[str, Any]) -> int:
    """The most GPUs that a namespace had after some looks."""
    plane = SimpleNamespace(region="eu-central-1")
    player = Player(plane, Stage(*looks), SCENARIO)  # pyright: ignore[reportArgumentType]
    player.seen.quotas, player.seen.spaces = {"sim-search": 1}, {"ranker": "sim-search"}
    for _ in looks:
        player._look()
    player.seen.seconds = player._now
    return figures(player.seen)["quotas"]["sim-search"]["peak"]


def test_a_pod_and_its_replacement_do_not_count_twice() -> None:
    assert peak({"old": pod("old")}, {"new": pod("new"), "old": pod("old", leaves=True)}) == 1


def test_a_pod_that_waits_in_the_queue_does_not_count() -> None:
    assert peak({"one": pod("one")}, {"one": pod("one"), "two": pod("two", gated=True)}) == 1
    assert peak({"one": pod("one")}, {"one": pod("one"), "two": pod("two")}) == 2
