"""The charts on a real control plane: its API server takes every object, its scheduler finds a node for each pod."""

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from policies.admission import objects as admission
from policies.profiles import PROFILES
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import START
from sandbox.place import Place
from sandbox.toolchain import Toolbox
from tests.charts.nodes import nodes, of_aws
from tests.charts.pods import MAKERS, objects, workloads
from tests.charts.test_names import ours
from tests.charts.wired import ENVIRONMENTS, releases
from tests.sandbox.conftest import until
from tests.sandbox.court import pod
from tests.sandbox.door import Door

# The supervisor outlives who started it, on purpose.
pytestmark = [pytest.mark.sandbox, pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")]
NO_PODS = {"nvidia-device-plugin-mps-control-daemon"}
"""DaemonSets whose nodes an environment does not have."""


class Cluster:
    """A control plane with the namespaces and the admission policies of an environment."""

    def __init__(self, environment: str, plane: ControlPlane) -> None:
        self.environment = environment
        self.door = Door(plane.kubeconfig)
        for one in ours(environment, "Namespace"):
            self.door.client.apply({"apiVersion": "v1", **one})
        for one in admission(PROFILES[environment]):
            self.door.client.apply(one)

    def judges(self) -> bool:
        """Whether the policies are in force: a pod without labels is refused, or warned of."""
        unlabelled = pod()
        unlabelled["metadata"] = {"name": "unlabelled", "namespace": "mlflow"}
        answer = self.door.knock(unlabelled)
        return any("TAG-03" in text for text in (answer.message, *answer.warnings))


@pytest.fixture(scope="module", params=ENVIRONMENTS)
def cluster(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    plane = ControlPlane(Place(tmp_path_factory.mktemp(request.param), "local"), "eu-central-1")
    plane.start(Toolbox().ensure([name for name in START if not name.startswith("karpenter")]))
    try:
        plane.wait()
        made = Cluster(request.param, plane)
        until(made.judges, 120, "the policies do not take effect")
        yield made
    finally:
        plane.stop()


def test_the_api_server_takes_every_object_of_every_chart(cluster: Cluster) -> None:
    refused = {}
    for chart in releases(cluster.environment):
        for one in objects(cluster.environment, chart=chart):
            if one["kind"] == "CustomResourceDefinition":
                continue  # the control plane has them whole
            answer = cluster.door.send("POST", f"{cluster.door.path(one)}?dryRun=All&fieldValidation=Strict", one)
            if answer.status != 201 or answer.warnings:
                refused[f"{chart}: {one['kind']} {one['metadata']['name']}"] = answer.message or answer.warnings
    assert refused == {}


def test_no_label_gives_a_role_a_wildcard(cluster: Cluster) -> None:
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    labels = {"app.kubernetes.io/managed-by": "Helm", "kubernetes.io/bootstrapping": "rbac-defaults"}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": rules}
    answer = cluster.door.knock({**role, "metadata": {"name": "all", "labels": labels}})
    assert any("K8S-08" in text for text in (answer.message, *answer.warnings))


def test_the_scheduler_finds_a_node_for_every_pod(cluster: Cluster) -> None:
    for one in objects(cluster.environment, "ServiceAccount"):
        cluster.door.client.apply(one)
    for number, node in enumerate(nodes(cluster.environment)):
        assert cluster.door.send("POST", "/api/v1/nodes", node).status == 201, number
    made = [*of_aws(cluster.environment), *objects(cluster.environment, *MAKERS), *operated(cluster.environment)]
    for one in made:
        cluster.door.client.apply(one)
    with suppress(AssertionError):
        until(lambda: not lacking(cluster, made), 240)
    assert lacking(cluster, made) == {}
    together = {
        one["metadata"]["name"]: places
        for one in made
        if (wanted := one["spec"].get("replicas") or 1) > 1
        if len(places := {pod["spec"]["nodeName"] for pod in pods_of(cluster, one)}) < wanted
    }
    assert together == {}


def test_a_pod_that_fits_no_node_is_found(cluster: Cluster) -> None:
    (first, *_) = of_aws(cluster.environment)
    large = copy.deepcopy(first)
    large["kind"], large["metadata"]["name"] = "Deployment", "large"
    (container,) = large["spec"]["template"]["spec"]["containers"]
    container["resources"]["requests"]["memory"] = "1Ti"
    for labels in (large["spec"]["selector"]["matchLabels"], large["spec"]["template"]["metadata"]["labels"]):
        labels["k8s-app"] = "large"
    cluster.door.client.apply(large)
    until(lambda: "Insufficient memory" in lacking(cluster, [large]).get("Deployment kube-system/large", ""))


def lacking(cluster: Cluster, made: list[dict[str, Any]]) -> dict[str, str]:
    """What lacks pods, or whose pods have no node, with the API server's or the scheduler's reason."""
    return {
        f"{one['kind']} {one['metadata']['namespace']}/{one['metadata']['name']}": why
        for one in made
        if (why := "; ".join(reasons(cluster, one)))
    }


def reasons(cluster: Cluster, one: dict[str, Any]) -> Iterator[str]:
    live, found = cluster.door.client.get(one), pods_of(cluster, one)
    assert live
    status = live.get("status", {})
    wanted = one["spec"].get("replicas") or 1
    if one["kind"] == "DaemonSet":
        wanted = status.get("desiredNumberScheduled", 0)
        if status.get("observedGeneration") != live["metadata"]["generation"]:
            yield "not seen by its controller"
        if not wanted and one["metadata"]["name"] not in NO_PODS:
            yield "no node for it"
    if len(found) < wanted:
        yield f"{len(found)} of {wanted} pods"
    conditions = [
        *status.get("conditions", ()),
        *(each for pod in found for each in pod["status"].get("conditions", ())),
    ]
    yield from (each["message"] for each in conditions if each["type"] == "ReplicaFailure")
    unplaced = [pod for pod in found if not pod["spec"].get("nodeName")]
    yield from (
        next((each["message"] for each in pod["status"].get("conditions", ()) if each["type"] == "PodScheduled"), "new")
        for pod in unplaced
    )


def pods_of(cluster: Cluster, one: dict[str, Any]) -> list[dict[str, Any]]:
    """Pods of a workload."""
    labels = one["spec"]["template"]["metadata"]["labels"]
    path = f"/api/v1/namespaces/{one['metadata']['namespace']}/pods"
    found = cluster.door.client.send("GET", path)["items"]
    return [pod for pod in found if labels.items() <= pod["metadata"]["labels"].items()]


def operated(environment: str) -> Iterator[dict[str, Any]]:
    """The StatefulSets that the Prometheus operator makes; their volumes are not the scheduler's matter here."""
    for one in workloads(environment):
        if one.kind == "StatefulSet":
            yield {
                "apiVersion": "apps/v1",
                "kind": one.kind,
                "metadata": {"name": one.name, "namespace": one.namespace},
                "spec": {
                    "replicas": one.replicas,
                    "podManagementPolicy": "Parallel",
                    "serviceName": one.name,
                    "selector": {"matchLabels": dict(one.labels)},
                    "template": {"metadata": {"labels": dict(one.labels)}, "spec": dict(one.spec)},
                },
            }
