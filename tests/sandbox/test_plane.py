"""The control plane by itself, without the engine: programs, their supervisor, and what becomes of both."""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_toolbox import alive

from sandbox.kubernetes.api import Api
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import START
from sandbox.place import Place
from sandbox.processes import runs
from sandbox.toolchain import Toolbox, Toolchain

# The supervisor outlives who started it, on purpose.
pytestmark = [pytest.mark.sandbox, pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")]
PODS = "/api/v1/namespaces/default/pods"
CLASS = {
    "apiVersion": "karpenter.k8s.aws/v1",
    "kind": "EC2NodeClass",
    "metadata": {"name": "gpu"},
    "spec": {
        "role": "node",
        "amiSelectorTerms": [{"alias": "al2023@v20250601"}],
        "subnetSelectorTerms": [{"tags": {"use": "nodes"}}],
        "securityGroupSelectorTerms": [{"tags": {"use": "nodes"}}],
    },
}
POOL = {
    "apiVersion": "karpenter.sh/v1",
    "kind": "NodePool",
    "metadata": {"name": "gpu"},
    "spec": {
        "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "Never"},
        "template": {
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
                "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
                "requirements": [
                    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
                    {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
                    {"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "Lt", "values": ["9"]},
                ],
            }
        },
    },
}
POD = {
    "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
    "containers": [{"name": "main", "image": "example.test/train", "resources": {"limits": {"nvidia.com/gpu": "1"}}}],
}
TRAINING = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "train"},
    "spec": {
        "replicas": 200,
        "selector": {"matchLabels": {"app": "train"}},
        "template": {"metadata": {"labels": {"app": "train"}}, "spec": POD},
    },
}


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def tools() -> Toolchain:
    return Toolbox().ensure(START)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory, tools: Toolchain) -> Iterator[ControlPlane]:
    made = ControlPlane(Place(tmp_path_factory.mktemp("plane"), "local"), "eu-central-1")
    assert made.start(tools)
    made.wait()
    yield made
    made.stop()


def api(plane: ControlPlane) -> Api:
    return Api(plane.folder / "certificates", port(plane))


def port(plane: ControlPlane) -> int:
    return record(plane)["ports"]["kube-apiserver"]


def record(plane: ControlPlane) -> dict[str, Any]:
    return json.loads((plane.folder / "record.json").read_text())


def pids(plane: ControlPlane) -> dict[str, int]:
    return {name: program["pid"] for name, program in record(plane)["programs"].items()}


def ready(plane: ControlPlane, name: str) -> str:
    """The status of an object's condition `Ready`, where karpenter and kwok have said something."""
    group = "karpenter.sh/v1/nodepools" if name == "pool" else "karpenter.k8s.aws/v1/ec2nodeclasses"
    found = api(plane).ask(f"/apis/{group}/gpu").get("status", {}).get("conditions", [])
    return next((one["status"] for one in found if one["type"] == "Ready"), "")


def test_two_hundred_gpu_pods_run_on_spot_nodes_of_a_pool_with_the_node_class_of_aws(plane: ControlPlane) -> None:
    api(plane).ask("/apis/karpenter.k8s.aws/v1/ec2nodeclasses", CLASS)
    api(plane).ask("/apis/karpenter.sh/v1/nodepools", POOL)
    until(lambda: ready(plane, "class") == ready(plane, "pool") == "True")

    api(plane).ask("/apis/apps/v1/namespaces/default/deployments", TRAINING)

    def running() -> list[dict[str, Any]]:
        return [pod for pod in api(plane).ask(PODS)["items"] if pod["status"].get("phase") == "Running"]

    pods = until(lambda: len(found := running()) == 200 and found, 240)
    nodes = {node["metadata"]["name"]: node for node in api(plane).ask("/api/v1/nodes")["items"]}
    given = {name: int(node["status"]["capacity"]["nvidia.com/gpu"]) for name, node in nodes.items()}
    used = [pod["spec"]["nodeName"] for pod in pods]
    assert all(used.count(name) <= given[name] <= 8 for name in nodes)
    labels = [node["metadata"]["labels"] for node in nodes.values()]
    assert {one["karpenter.sh/capacity-type"] for one in labels} == {"spot"}
    assert all(one["topology.kubernetes.io/zone"][:-1] == "eu-central-1" for one in labels)


def test_what_is_running_is_not_started_again(plane: ControlPlane, tools: Toolchain) -> None:
    before = pids(plane)

    assert not plane.start(tools)
    assert pids(plane) == before


def test_credentials_are_the_owners_alone(plane: ControlPlane) -> None:
    kept = plane.folder / "certificates"
    assert {"tokens.csv", "server.key", "accounts.key", "ca.pem"} <= {file.name for file in kept.iterdir()}
    for file in (*kept.iterdir(), plane.kubeconfig):
        assert file.stat().st_mode & 0o777 == 0o600, file
    for folder in (kept, plane.folder, plane.folder / "data"):
        assert folder.stat().st_mode & 0o777 == 0o700, folder
    assert Api(kept, port(plane)).has("/api")
    (plane.folder / "other").mkdir(exist_ok=True)
    for name in ("ca.pem", "tokens.csv"):
        (plane.folder / "other" / name).write_text((kept / name).read_text().replace("admin,admin", "x"))
    (plane.folder / "other" / "tokens.csv").write_text("guessed,admin,admin,system:masters\n")
    assert not Api(plane.folder / "other", port(plane)).has("/api")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_every_door_is_on_the_loopback_interface(plane: ControlPlane) -> None:
    own = set()
    for pid in pids(plane).values():
        for file in Path(f"/proc/{pid}/fd").iterdir():
            own.add(os.readlink(file).removeprefix("socket:[").removesuffix("]"))
    doors = []
    for table in ("tcp", "tcp6"):
        rows = [line.split() for line in Path("/proc/net", table).read_text().splitlines()[1:]]
        doors += [row[1].partition(":")[0] for row in rows if row[3] == "0A" and row[9] in own]
    loopback = "0100007F"  # 127.0.0.1 in the byte order of the machine
    assert len(doors) >= 5
    assert set(doors) == {loopback}


@pytest.mark.parametrize("name", ["kube-scheduler", "etcd"])
def test_a_crashed_program_is_started_again_and_reported(plane: ControlPlane, name: str) -> None:
    before = pids(plane)[name]
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"before-{name}"}}
    api(plane).ask("/api/v1/namespaces", namespace)

    os.kill(before, signal.SIGKILL)

    until(lambda: pids(plane)[name] not in (None, before))
    status = plane.status
    assert status
    assert (status["programs"][name]["restarts"], status["programs"][name]["last"]) == (1, "SIGKILL")
    until(lambda: api(plane).has(f"/api/v1/namespaces/before-{name}"))


def test_what_a_killed_supervisor_leaves_behind_is_cleaned_up(plane: ControlPlane, tools: Toolchain) -> None:
    orphans, supervisor = pids(plane), record(plane)["pid"]
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: not plane.running)
    assert plane.status is None
    assert all(runs(pid, str(plane.folder)) for pid in orphans.values())

    assert not plane.start(tools), "its objects are still there"
    plane.wait()

    assert not any(map(alive, orphans.values()))
    assert set(pids(plane)) == set(START)
    assert api(plane).has("/apis/karpenter.sh/v1/nodepools/gpu")


def test_it_stops_in_order_and_leaves_nothing(plane: ControlPlane) -> None:
    everything, ports = [*pids(plane).values(), record(plane)["pid"]], record(plane)["ports"].values()

    plane.stop()

    assert not any(map(alive, everything))
    for number in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", number))
    assert plane.status is None
    assert not plane.running


def test_a_program_that_never_starts_is_an_error_that_names_its_log(
    tmp_path: Path, tools: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {**tools.tools, "etcd": tools.tools["etcd"]._replace(path=Path("/bin/false"))}
    monkeypatch.setattr("sandbox.kubernetes.snapshot.key", lambda box, _: next(snapshots(box)).name)
    plane = ControlPlane(Place(tmp_path, "local"), "eu-central-1")

    plane.start(Toolchain(broken))
    with pytest.raises(
        Exception, match=r"etcd ended 5 times, last with exit status 1; its log is \S+etcd.log\nNext: "
    ) as failed:
        plane.wait()

    assert type(failed.value).__name__ == "ControlPlaneError"
    until(lambda: not plane.running)
    plane.stop()


def snapshots(box: Toolbox) -> Iterator[Path]:
    return (box.cache / "snapshots").glob("control-plane-*")
