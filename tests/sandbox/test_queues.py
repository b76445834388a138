"""GPU jobs in the queues of dev, by the real Kueue as the chart configures it: quota, borrowing, priority."""

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from monitoring.emitters import kueue as emitter
from sandbox.kubernetes import queues
from sandbox.kubernetes.client import Client
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import HOST, KUEUE, START
from sandbox.place import Place
from sandbox.toolchain import Toolbox
from tests.charts.pods import objects
from tests.charts.test_names import ours
from tests.sandbox.conftest import until
from tests.workloads.exposition import Exposition

# The supervisor outlives who started it, on purpose.
pytestmark = [pytest.mark.sandbox, pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")]
PLACES = ("Namespace", "LimitRange", "ResourceQuota", "EC2NodeClass", "NodePool")
RULES = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")
QUEUES = ("ResourceFlavor", "Cohort", "ClusterQueue", "LocalQueue", "WorkloadPriorityClass")
GPU, QUEUE, PRIORITY = "nvidia.com/gpu", "kueue.x-k8s.io/queue-name", "kueue.x-k8s.io/priority-class"
PATIENCE = 60


class Cluster:
    """A control plane with the tenants, node pools and queues of dev, and Kueue."""

    def __init__(self, plane: ControlPlane) -> None:
        self.client = Client(yaml.safe_load(plane.kubeconfig.read_text()))
        for kind in (*PLACES, *RULES, *QUEUES):
            for one in ours("dev", kind):
                self.client.apply(one)

    def submit(self, team: str, name: str, count: int = 1, gpus: int = 1, priority: str = "") -> list[dict[str, Any]]:
        """Create jobs that run until they are deleted; what the API server makes of them."""
        jobs = (job(team, f"{name}-{number}", gpus, priority) for number in range(count))
        return [self.client.send("POST", f"/apis/batch/v1/namespaces/{team}/jobs", one) for one in jobs]

    def admitted(self, team: str) -> set[str]:
        """Jobs that Kueue has admitted, and so does not suspend."""
        found = self.client.send("GET", f"/apis/batch/v1/namespaces/{team}/jobs")["items"]
        return {one["metadata"]["name"] for one in found if not one["spec"]["suspend"]}

    def running(self, team: str) -> set[str]:
        """Jobs whose pods run."""
        pods = self.client.send("GET", f"/api/v1/namespaces/{team}/pods")["items"]
        running = (one for one in pods if one["status"].get("phase") == "Running")
        return {one["metadata"]["labels"]["batch.kubernetes.io/job-name"] for one in running}

    def conditions(self, team: str, job: str) -> dict[str, dict[str, Any]]:
        """What Kueue says of a job, by type."""
        found = self.client.send("GET", f"/apis/{queues.GROUP}/v1beta2/namespaces/{team}/workloads")["items"]
        own = [one for one in found if one["metadata"]["ownerReferences"][0]["name"] == job]
        return {one["type"]: one for one in own[0].get("status", {}).get("conditions", [])} if own else {}

    def borrowed(self, team: str) -> dict[str, int]:
        """Flavor to the GPUs that a team has of others."""
        queue = self.client.send("GET", f"/apis/{queues.GROUP}/v1beta2/clusterqueues/{team}")
        found = ((one["name"], each) for one in queue["status"]["flavorsUsage"] for each in one["resources"])
        return {name: int(each["borrowed"]) for name, each in found if each["name"] == GPU and each["borrowed"] != "0"}

    def clear(self) -> None:
        for team in ("vision", "language"):
            path = f"/apis/batch/v1/namespaces/{team}/jobs"
            self.client.send("DELETE", f"{path}?propagationPolicy=Foreground")
            until(lambda path=path: not self.client.send("GET", path)["items"], PATIENCE, f"{team} has jobs left")


def job(team: str, name: str, gpus: int, priority: str) -> dict[str, Any]:
    """A job of one pod, as the platform's rules ask for it."""
    size = {"cpu": "2", "memory": "8Gi", GPU: str(gpus)}
    container = {
        "name": "train",
        "image": f"example.com/trainer@sha256:{'0' * 64}",
        "resources": {"requests": size, "limits": size},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    pod = {
        "restartPolicy": "Never",
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    labels = {QUEUE: team, **({PRIORITY: priority} if priority else {})}
    template = {"metadata": {"annotations": {"ml-platform/held": "true"}}, "spec": pod}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": team, "labels": labels},
        "spec": {"template": template},
    }


def configuration() -> dict[str, Any]:
    """Kueue's configuration of dev, as its chart renders it."""
    (one,) = (one for one in objects("dev", "ConfigMap", chart="kueue") if "controller" in str(one["data"].keys()))
    (text,) = one["data"].values()
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    made = ControlPlane(Place(tmp_path_factory.mktemp("queues"), "local"), "eu-central-1")
    made.start(Toolbox().ensure([*START, KUEUE]), queues=configuration())
    try:
        made.wait()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def everything(plane: ControlPlane) -> Cluster:
    return Cluster(plane)


@pytest.fixture
def cluster(everything: Cluster) -> Iterator[Cluster]:
    yield everything
    everything.clear()


def by_name(found: Any) -> dict[str, Any]:
    """Webhooks without their addresses, and with the one default that the chart spells out."""
    hooks = ({"reinvocationPolicy": "Never", **hook} for one in found for hook in one["webhooks"])
    return {one["name"]: {key: value for key, value in one.items() if key != "clientConfig"} for one in hooks}


def test_kueue_is_asked_of_what_its_chart_has_it_asked(plane: ControlPlane) -> None:
    program = Toolbox().look([KUEUE]).tools[KUEUE].path
    assert program
    text = program.with_name(queues.MANIFESTS).read_text()
    here = queues.webhooks(text, {**configuration(), "webhook": {"port": 1}}, b"")
    kinds = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
    assert by_name(here) == by_name(objects("dev", *kinds, chart=KUEUE))


def test_a_job_waits_for_quota_and_runs_once_there_is_some(cluster: Cluster) -> None:
    cluster.submit("language", "own", 4)  # so that nothing can be borrowed
    made = cluster.submit("vision", "sweep", 5)
    assert all(one["spec"]["suspend"] for one in made)
    until(lambda: len(cluster.running("vision")) == 4, PATIENCE, "as many run as the team has GPUs")
    (late,) = {one["metadata"]["name"] for one in made} - cluster.admitted("vision")
    waits = cluster.conditions("vision", late)["QuotaReserved"]
    assert waits["status"] == "False"
    assert "insufficient unused quota" in waits["message"]
    done = min(cluster.running("vision"))
    cluster.client.send("DELETE", f"/apis/batch/v1/namespaces/vision/jobs/{done}?propagationPolicy=Foreground")
    until(lambda: late in cluster.running("vision"), PATIENCE, "the job that waited runs")


def test_idle_gpus_of_another_team_are_borrowed_until_it_wants_them(cluster: Cluster) -> None:
    cluster.submit("vision", "sweep", 10)
    until(
        lambda: len(cluster.admitted("vision")) == 8,
        PATIENCE,
        "eight jobs are admitted, four of them with its own GPUs",
    )
    until(lambda: cluster.running("vision") == cluster.admitted("vision"), PATIENCE, "each admitted job runs")
    until(lambda: sum(cluster.borrowed("vision").values()) == 4, PATIENCE, "four GPUs are borrowed")
    cluster.submit("language", "own", 4)
    until(lambda: len(cluster.running("language")) == 4, PATIENCE, "the other team has what it owns")
    until(lambda: len(cluster.running("vision")) == 4, PATIENCE, "the borrower has what it owns")
    until(lambda: not cluster.borrowed("vision"), PATIENCE, "nothing is borrowed")
    out = [cluster.conditions("vision", f"sweep-{number}").get("Preempted", {}) for number in range(10)]
    assert [one["reason"] for one in out if one] == ["InCohortReclamation"] * 4


def test_a_job_of_higher_priority_takes_the_place_of_one_of_lower(cluster: Cluster) -> None:
    cluster.submit("language", "own", 4)
    cluster.submit("vision", "sweep", 4, priority="low")
    until(lambda: len(cluster.running("vision")) == 4, PATIENCE, "the team has what it owns")
    cluster.submit("vision", "urgent", priority="high")
    until(lambda: "urgent-0" in cluster.running("vision"), PATIENCE, "the job of higher priority runs")
    until(lambda: len(cluster.running("vision")) == 4, PATIENCE, "one of lower priority does not")
    out = [cluster.conditions("vision", f"sweep-{number}").get("Preempted", {}) for number in range(4)]
    assert [one["reason"] for one in out if one] == ["InClusterQueue"]
    assert len(cluster.running("language")) == 4


def test_a_pod_runs_on_the_kind_of_node_whose_quota_it_has(cluster: Cluster) -> None:
    cluster.submit("vision", "kinds", 4)
    until(lambda: len(cluster.running("vision")) == 4, PATIENCE, "four jobs run")
    pods = cluster.client.send("GET", "/api/v1/namespaces/vision/pods")["items"]
    nodes = {one["metadata"]["name"]: one for one in cluster.client.send("GET", "/api/v1/nodes")["items"]}
    found = [nodes[one["spec"]["nodeName"]]["metadata"]["labels"] for one in pods]
    kinds = sorted((one["ml-platform/pool"], one["karpenter.sh/capacity-type"]) for one in found)
    assert kinds == [("serving", "spot"), ("training", "on-demand"), ("training", "spot"), ("training", "spot")]


def test_kueue_exposes_what_the_contract_says(cluster: Cluster, plane: ControlPlane) -> None:
    config = yaml.safe_load(plane.kubeconfig.read_text())
    ports = queues.decoded(plane.folder / "record.json")["ports"]
    trusted = ssl.create_default_context(cafile=str(plane.folder / "certificates" / "ca.pem"))
    token = config["users"][0]["user"]["token"]
    seen = Exposition(f"https://{HOST}:{ports['kueue-metrics']}/metrics", trusted, token)
    assert [text for metric in emitter.METRICS for text in seen.departs(metric)] == []
