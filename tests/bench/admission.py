"""What the rules cost a Pod at the door of the API server, against a door without rules."""

import statistics
import tempfile
import time
from pathlib import Path

from mlp.fetch import start_plane
from policies.admission import objects
from policies.profiles import PROFILES
from sandbox.kubernetes.plane import ControlPlane
from sandbox.place import Place
from tests.bench.results import Row
from tests.sandbox.conftest import until
from tests.sandbox.court import pod
from tests.sandbox.door import Door

LINE = 2.0
"""The most that a Pod may take with all rules, as a multiple of what it takes without."""
PODS, ROUNDS = 300, 3


def admission() -> Row:
    """The median milliseconds of a dry-run Pod of three containers, without rules and with all those of prod."""
    with tempfile.TemporaryDirectory() as folder:
        plane = ControlPlane(Place(Path(folder), "local"), "eu-central-1")
        start_plane(plane)
        plane.wait()
        try:
            door = Door(plane.kubeconfig)
            door.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "vision"}})
            until(lambda: door.send("GET", "/api/v1/namespaces/vision/serviceaccounts/default").status == 200)
            rounds = [(_without(door), _with(door)) for _ in range(ROUNDS)]
        finally:
            plane.stop()
    without, ours = (min(each) for each in zip(*rounds, strict=True))
    note = f"ratio at most {LINE}"
    return Row("admission", "a Pod at the API server, all rules", ours, "without rules", without, "ms", note=note)


def _with(door: Door) -> float:
    for one in objects(PROFILES["prod"]):
        door.client.apply(one)
    until(lambda: door.knock(pod(hostPID=True)).status == 403)
    return _median(door)


def _without(door: Door) -> float:
    for one in reversed(objects(PROFILES["prod"])):
        door.client.delete(one, "Background")
    until(lambda: door.knock(pod(hostPID=True)).status == 201)
    return _median(door)


def _median(door: Door) -> float:
    given = pod()
    given["spec"]["containers"] = [{**given["spec"]["containers"][0], "name": f"c{number}"} for number in range(3)]
    took = []
    for _ in range(PODS):
        started = time.perf_counter()
        assert door.knock(given).status == 201
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1000
