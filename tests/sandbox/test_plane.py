"""The control plane by itself, without the engine; `test_control_plane.py` has it under `mlp up`."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.kubernetes.plane import FILES, ControlPlane, ControlPlaneError
from sandbox.kubernetes.programs import START
from sandbox.place import Place
from sandbox.processes import alive, marked
from sandbox.toolchain import Toolbox, Toolchain
from tests.sandbox.conftest import ODD, until

# The supervisor outlives who started it, on purpose.
pytestmark = [pytest.mark.sandbox, pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")]
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


@pytest.fixture(scope="module")
def tools() -> Toolchain:
    return Toolbox().ensure([*START, "kubectl"])


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory, tools: Toolchain) -> Iterator[ControlPlane]:
    made = ControlPlane(Place(tmp_path_factory.mktemp("plane") / ODD, "local"), "eu-central-1")
    made.start(tools)
    made.wait()
    yield made
    made.stop()
    assert not made.running


@pytest.fixture(scope="module")
def kubectl(plane: ControlPlane, tools: Toolchain) -> Callable[..., subprocess.CompletedProcess[str]]:
    program = str(tools.tools["kubectl"].path)

    def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        command = [program, f"--kubeconfig={plane.kubeconfig}", *arguments]
        return subprocess.run(command, input=given, capture_output=True, text=True, check=False)

    return run


def test_two_hundred_gpu_pods_run_on_spot_nodes_of_a_pool_with_the_node_class_of_aws(kubectl) -> None:
    def items(kind: str) -> list[dict[str, Any]]:
        return json.loads(kubectl("get", kind, "-o", "json").stdout)["items"]

    def running() -> list[dict[str, Any]]:
        return [pod for pod in items("pods") if pod["status"].get("phase") == "Running"]

    objects = {"apiVersion": "v1", "kind": "List", "items": [CLASS, POOL, TRAINING]}
    done = kubectl("apply", "-f", "-", given=json.dumps(objects))
    assert done.returncode == 0, done.stderr

    assert kubectl("rollout", "status", "deployment/train", "--timeout=240s").returncode == 0

    pods = running()
    assert len(pods) == 200
    nodes = {node["metadata"]["name"]: node for node in items("nodes")}
    given = {name: int(node["status"]["capacity"]["nvidia.com/gpu"]) for name, node in nodes.items()}
    used = [pod["spec"]["nodeName"] for pod in pods]
    assert all(used.count(name) <= given[name] <= 8 for name in nodes)
    labels = [node["metadata"]["labels"] for node in nodes.values()]
    assert {one["karpenter.sh/capacity-type"] for one in labels} == {"spot"}
    assert all(one["topology.kubernetes.io/zone"][:-1] == "eu-central-1" for one in labels)
    assert {one["karpenter.k8s.aws/instance-gpu-manufacturer"] for one in labels} == {"nvidia"}


def test_only_the_token_opens_it(kubectl) -> None:
    assert kubectl("get", "--raw", "/api").returncode == 0
    guessed = kubectl("get", "--raw", "/api", "--token=guessed")
    assert guessed.returncode
    assert "must be logged in" in guessed.stderr or "Unauthorized" in guessed.stderr


def test_what_runs_is_not_started_a_second_time(plane: ControlPlane, tools: Toolchain) -> None:
    before = pids(plane)
    plane.start(tools)
    assert pids(plane) == before


def test_a_record_that_is_lost_is_written_again(plane: ControlPlane) -> None:
    record = plane.folder / "record.json"
    before = record.read_text()
    record.write_text(before[:100])
    until(lambda: record.read_text() == before)
    record.unlink()
    until(record.exists)
    assert record.read_text() == before


@pytest.mark.parametrize("remove", [False, True], ids=["emptied", "removed"])
def test_files_that_are_lost_are_made_again_and_the_objects_are_kept(
    plane: ControlPlane, tools: Toolchain, kubectl, remove: bool
) -> None:
    kubectl("create", "configmap", f"kept-{remove}".lower())
    before, id_ = pids(plane), plane.id
    for file in (*(plane.folder / name for name in FILES[:2]), *(plane.folder / "certificates").iterdir()):
        file.unlink() if remove else file.write_text("")
    plane.start(tools)
    plane.wait()
    assert kubectl("get", "configmap", f"kept-{remove}".lower()).returncode == 0
    assert plane.id == id_
    assert not any(map(alive, before.values()))


@pytest.mark.parametrize("part", ["data", "stages", "installed.json", "snapshot"])
def test_a_store_without_all_its_parts_begins_anew(plane: ControlPlane, tools: Toolchain, kubectl, part: str) -> None:
    id_ = plane.id
    plane.stop()
    lost = plane.folder / part
    shutil.rmtree(lost) if lost.is_dir() else lost.write_text("")
    plane.start(tools)
    plane.wait()
    assert plane.id != id_
    assert kubectl("get", "nodepools").returncode == 0


def test_a_folder_that_is_removed_ends_every_process(tmp_path: Path, tools: Toolchain) -> None:
    plane = ControlPlane(Place(tmp_path, "local"), "eu-central-1")
    plane.start(tools)
    plane.wait()
    running = marked(plane.place.root)
    assert len(running) > len(START)
    shutil.rmtree(plane.place.root)
    until(lambda: not any(map(alive, running)))
    assert not plane.place.root.exists()


def pids(plane: ControlPlane) -> dict[str, int]:
    assert plane.status
    return {name: one["pid"] for name, one in plane.status["programs"].items()}


def test_a_program_that_never_starts_is_an_error_that_names_its_log(
    tmp_path: Path, tools: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {**tools.tools, "etcd": tools.tools["etcd"]._replace(path=Path("/bin/false"))}
    monkeypatch.setattr("sandbox.kubernetes.snapshot.key", lambda box, _: next(snapshots(box)).name)
    plane = ControlPlane(Place(tmp_path, "local"), "eu-central-1")

    plane.start(Toolchain(broken))
    told = r"etcd ended 5 times, last with exit status 1; its log is \S+etcd.log\nNext: `mlp reset local`"
    with pytest.raises(ControlPlaneError, match=told):
        plane.wait()

    until(lambda: not plane.running, 120)
    plane.stop()


def snapshots(box: Toolbox) -> Iterator[Path]:
    return (box.cache / "snapshots").glob("control-plane-*")
