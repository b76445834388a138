"""The control plane of an environment: it is Kubernetes, it keeps to this machine, and it outlives what is killed."""

import json
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitoring.emitters import karpenter
from sandbox.kubernetes import crds
from sandbox.processes import alive
from tests.sandbox.conftest import Checkout, until
from tests.workloads.exposition import Exposition

pytestmark = pytest.mark.sandbox
DEFINITIONS = Path(__file__).parents[2] / "../shared/crds"
CHARTS = {
    "karpenter-aws",
    "kueue",
    "jobset",
    "kubeflow-trainer",
    "cert-manager",
    "keda",
    "gateway-api",
    "prometheus-operator",
    "argo-rollouts",
}
"""Where the definitions of our modules are kept, apart from those of the stand-ins."""
EC2_ONLY = ("karpenter_interruption_", "karpenter_cloudprovider_instance_launch_failures")
EXPLAINED = {"conversion": "no webhook runs here; one version is read as another as it was written"}
"""Parts of a definition's spec, besides descriptions, in which ours differs from the chart's: the reason."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("plane"), cluster=True)
    yield made
    made.end()


def test_kubectl_says_what_to_do_when_nothing_runs(checkout: Checkout) -> None:
    done = checkout.kubectl("get", "nodes")
    assert done.returncode == 1
    assert "the control plane of local does not run; start it with `mlp up`" in done.stderr
    assert "kubernetes: not running" in checkout.run("status").stdout


@pytest.fixture(scope="module")
def up(checkout: Checkout) -> dict[str, Any]:
    return checkout.mlp("up")


def folder(checkout: Checkout) -> Path:
    return checkout.path / ".sandbox/local/kubernetes"


def programs(checkout: Checkout) -> dict[str, int]:
    """Process ids of the programs that run, the supervisor's with them."""
    if not (file := folder(checkout) / "record.json").exists():
        return {}
    record = json.loads(file.read_text())
    pids = {"supervisor": record["pid"]} | {name: one["pid"] for name, one in record["programs"].items()}
    return {name: pid for name, pid in pids.items() if pid in checkout.processes()}


def test_it_is_ready_once_up_returns(checkout: Checkout, up: dict[str, Any]) -> None:
    assert up["ok"]
    assert checkout.kubectl("get", "--raw=/readyz").stdout == "ok"
    assert checkout.live("nodepool", "training-spot")["spec"]["limits"] == {"nvidia.com/gpu": "200"}
    assert "No resources found" in checkout.kubectl("get", "nodes").stderr


def test_a_queued_job_for_gpus_gets_spot_nodes_of_the_pool(checkout: Checkout, up: dict[str, Any]) -> None:
    """The queue's rule lets the job controller make the pods, which it knows by its service account."""
    gpu = {"limits": {"nvidia.com/gpu": 1, "cpu": 2, "memory": "8Gi"}}
    train = {
        "name": "train",
        "image": f"example.com/trainer@sha256:{'0' * 64}",
        "resources": {**gpu, "requests": {"cpu": 2, "memory": "8Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
    pod = {
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}],
        "containers": [train],
    }
    labels = {"kueue.x-k8s.io/queue-name": "vision"}
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "train", "namespace": "vision", "labels": labels},
        "spec": {"parallelism": 2, "completions": 2, "template": {"spec": pod}},
    }
    assert checkout.kubectl("apply", "--filename=-", given=job).returncode == 0
    waited = checkout.kubectl("wait", "--for=condition=Complete", "job/train", "--namespace=vision", "--timeout=60s")
    assert waited.returncode == 0, checkout.kubectl("get", "events", "--namespace=vision").stdout
    nodes = [node["metadata"]["labels"] for node in checkout.live("nodes")["items"]]
    assert nodes
    assert {node["karpenter.sh/capacity-type"] for node in nodes} == {"spot"}
    assert {node["karpenter.k8s.aws/instance-family"] for node in nodes} <= {"g5", "g6"}


def test_karpenter_exposes_what_the_contract_says(checkout: Checkout, up: dict[str, Any]) -> None:
    """Once the job's nodes have come and gone; of EC2's warnings and refusals its kwok edition knows nothing."""
    done = checkout.kubectl("delete", "nodeclaims", "--all", "--timeout=60s")
    assert done.returncode == 0, done.stderr
    port = json.loads((folder(checkout) / "record.json").read_text())["ports"]["karpenter-metrics"]
    here = [metric for metric in karpenter.METRICS if not metric.name.startswith(EC2_ONLY)]
    assert len(here) > 4

    def seen() -> Exposition:
        return Exposition(f"http://127.0.0.1:{port}/metrics")

    # It counts a node claim's end a moment after the claim is gone.
    until(lambda: "karpenter_nodeclaims_terminated_total" in seen().types)
    assert [text for metric in here for text in seen().departs(metric)] == []


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="listening sockets are read from /proc")
def test_every_door_is_on_the_loopback_interface(checkout: Checkout, up: dict[str, Any]) -> None:
    sockets = {
        os.readlink(file)
        for pid in programs(checkout).values()
        for file in Path(f"/proc/{pid}/fd").iterdir()
        if file.is_symlink()
    }
    lines = [
        line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    listening = [line[1].partition(":")[0] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in sockets]
    ports = json.loads((folder(checkout) / "record.json").read_text())["ports"]
    # Those of the controller of rollouts and of Kueue are kept for them; both run where they are needed.
    assert len(listening) == len([name for name in ports if not name.startswith(("rollouts-", "kueue-"))])
    assert set(listening) == {"0100007F"}


def test_only_its_owner_can_read_keys_and_tokens(checkout: Checkout, up: dict[str, Any]) -> None:
    private = [folder(checkout) / "kubeconfig", *(folder(checkout) / "certificates").iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in private} == {0o600}
    rooms = [folder(checkout), folder(checkout) / "certificates", folder(checkout) / "data"]
    assert {stat.S_IMODE(room.stat().st_mode) for room in rooms} == {0o700}


def test_no_token_or_key_is_on_a_command_line_or_in_a_log(checkout: Checkout, up: dict[str, Any]) -> None:
    token = (folder(checkout) / "certificates/tokens.csv").read_text().partition(",")[0]
    lines = subprocess.run(["ps", "-axww", "-o", "command="], capture_output=True, text=True, check=True).stdout
    logs = [file.read_text(errors="replace") for file in checkout.path.glob(".sandbox/local/**/*.log")]
    assert len(logs) > 6
    assert all(token not in text for text in [lines, json.dumps(up), *logs])


def test_all_of_it_fits_into_2_5_gb(checkout: Checkout, up: dict[str, Any]) -> None:
    status = checkout.mlp("status")
    asked = ["ps", "-o", "rss=", "-p", str(status["account"]["pid"])]
    account = int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout) / 1024
    parts = [status["kubernetes"]["supervisor"], *status["kubernetes"]["programs"].values()]
    assert all(part["memory"] for part in parts)
    assert sum(part["memory"] for part in parts) + account < 2500


def test_status_names_what_is_accepted_without_a_schema(checkout: Checkout, up: dict[str, Any]) -> None:
    status = checkout.mlp("status")["kubernetes"]
    assert "ExternalSecret.v1.external-secrets.io" in status["stand_ins"]
    assert status["definitions"]["karpenter.sh"].startswith(f"{crds.KARPENTER} v")
    assert "kinds are accepted without a schema" in checkout.run("status").stdout
    assert "    ExternalSecret.v1.external-secrets.io" in checkout.run("status", "--recorded").stdout.splitlines()


def reference() -> dict[str, tuple[str, dict[str, Any]]]:
    """The charts' own definitions by name, with the folder of their project."""
    if not DEFINITIONS.exists():
        pytest.skip("the charts' definitions are not beside the project")
    found = [(file.parent.name, json.loads(file.read_text())) for file in DEFINITIONS.glob("*/*.json")]
    return {
        crd["metadata"]["name"]: (project, crd) for project, crd in found if isinstance(crd, dict) and "spec" in crd
    }


def bare(node: Any) -> Any:
    """A schema without the texts that describe it; a property that is called so has a schema, not a text."""
    if isinstance(node, dict):
        return {k: bare(v) for k, v in node.items() if not (k == "description" and isinstance(v, str))}
    return [bare(item) for item in node] if isinstance(node, list) else node


def test_an_audit_reads_the_cluster_without_further_settings(checkout: Checkout, up: dict[str, Any]) -> None:
    done = checkout.run("audit", "--cluster", "--format", "json")
    assert "this is the cluster of the sandbox of local" in done.stderr
    found = json.loads(done.stdout)
    assert (found["sources"], found["gaps"]) == (["cluster"], [])
    assert {"NodePool", "Namespace", "ClusterRole"} <= {one["resource"].partition("/")[0] for one in found["verdicts"]}


def test_the_server_has_the_charts_own_definitions(checkout: Checkout, up: dict[str, Any]) -> None:
    groups = {source.group for source in crds.SOURCES}
    specs = {name: crd["spec"] for name, (project, crd) in reference().items() if project in CHARTS}
    theirs = {name: spec for name, spec in specs.items() if spec["group"] in groups}
    strange = {f"{one.plural}.{one.group}" for one in crds.STAND_INS}
    ours = {crd["metadata"]["name"]: crd["spec"] for crd in checkout.live("crds")["items"]}
    assert set(ours) - strange == set(theirs)
    for name, spec in theirs.items():
        parts = (set(spec) | set(ours[name])) - set(EXPLAINED)
        assert [part for part in sorted(parts) if bare(spec.get(part)) != ours[name].get(part)] == [], name


def test_a_stand_in_is_of_the_stored_version_and_scope_of_its_chart(checkout: Checkout, up: dict[str, Any]) -> None:
    theirs = reference()
    live = {crd["metadata"]["name"]: crd["spec"] for crd in checkout.live("crds")["items"]}
    for one in crds.STAND_INS:
        spec, ours = theirs[name := f"{one.plural}.{one.group}"][1]["spec"], live[f"{one.plural}.{one.group}"]
        stored = next(version["name"] for version in spec["versions"] if version["storage"])
        expected = (spec["names"]["kind"], spec["scope"], stored)
        assert (ours["names"]["kind"], ours["scope"], ours["versions"][0]["name"]) == expected, name


def crash(checkout: Checkout, name: str) -> dict[str, Any]:
    """Kill a program; what status says of it once it runs again."""
    before = programs(checkout)[name]
    os.kill(before, signal.SIGKILL)
    until(lambda: programs(checkout).get(name, before) != before)
    return checkout.mlp("status")["kubernetes"]["programs"][name]


def test_a_crashed_scheduler_is_started_again_and_status_says_so(checkout: Checkout, up: dict[str, Any]) -> None:
    told = crash(checkout, "kube-scheduler")
    assert (told["restarts"], told["last"]) == (1, "SIGKILL")
    assert "started again once, last after SIGKILL" in checkout.run("status").stdout


def test_a_crashed_store_comes_back_with_its_objects(checkout: Checkout, up: dict[str, Any]) -> None:
    before = checkout.live("nodepool", "training-spot")["metadata"]["uid"]
    assert crash(checkout, "etcd")["last"] == "SIGKILL"
    until(lambda: checkout.kubectl("get", "--raw=/readyz").stdout == "ok")
    assert checkout.live("nodepool", "training-spot")["metadata"]["uid"] == before


def test_a_killed_supervisor_is_noticed_and_the_next_up_puts_it_right(checkout: Checkout, up: dict[str, Any]) -> None:
    before = programs(checkout)
    os.kill(before["supervisor"], signal.SIGKILL)
    until(lambda: not any(map(alive, before.values())), what="no program outlives it")
    assert checkout.mlp("status")["kubernetes"] is None
    again = checkout.mlp("up")
    assert (again["created"], again["updated"], again["deleted"]) == (0, 0, 0)
    assert set(programs(checkout)) == set(before)
    assert checkout.kubectl("get", "--raw=/readyz").stdout == "ok"


def test_down_leaves_no_process_no_port_and_no_file(checkout: Checkout, up: dict[str, Any]) -> None:
    pids = programs(checkout).values()
    ports = json.loads((folder(checkout) / "record.json").read_text())["ports"].values()
    report = checkout.mlp("down")
    assert report["left"] == []
    assert not any(map(alive, pids))
    assert checkout.processes() == []
    assert not [port for port in ports if checkout.answers(port)]
    assert not (checkout.path / ".sandbox").exists()
