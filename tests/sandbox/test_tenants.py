"""Fifty teams on one API server: what one of them tries against another, its quota and the queue, as itself."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
TEAMS = [f"team-{number:02}" for number in range(50)]
PROGRAM = f"""
import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
from components import Tenant, TrainingQueue

tags = {{"environment": "local", "owner": "platform", "cost-centre": "ml-1", "data-class": "internal"}}
providers = [aws.Provider("aws", region="eu-central-1"), k8s.Provider("kubernetes", kubeconfig="nobody's")]
opts = pulumi.ResourceOptions(providers=providers)
teams = {TEAMS}
queue = TrainingQueue("queue", {{
    "flavors": [{{"name": "training-spot", "node_labels": {{"ml-platform/pool": "training"}}}}],
    "teams": {{team: {{"cpus": 8, "memory_gib": 32, "gpus": {{"training-spot": 1}}}} for team in teams}},
    "tags": tags,
}}, opts)
for team in teams:
    Tenant(team, {{
        "namespace": team,
        "group": f"ml-{{team}}",
        "quota": {{"cpus": 8, "memory_gib": 32, "gpus": 2, "pods": 5, "load_balancers": 1}},
        "cluster_name": "cluster",
        "cluster_queue": queue.cluster_queues[team],
        "tags": tags,
        "after": [queue.ready],
    }}, opts)
"""
QUEUE = "kueue.x-k8s.io/queue-name"
GPU = {"nvidia.com/gpu": "1"}
TAINT = [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
POD = {
    "securityContext": {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}},
    "restartPolicy": "Never",
    "containers": [
        {
            "name": "main",
            "image": "example.com/train@sha256:" + "0" * 64,
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
    ],
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("tenants"), cluster=True)
    made.program(PROGRAM)
    yield made
    made.end()


@pytest.fixture(scope="module")
def up(checkout: Checkout) -> dict[str, Any]:
    return checkout.mlp("up")


def pod(team: str, limits: dict[str, str] | None = None, queue: str = "", **more: Any) -> dict[str, Any]:
    spec = copy.deepcopy({**POD, **more})
    if limits:
        spec["containers"][0]["resources"] = {"limits": limits, "requests": limits}
    meta = {"generateName": "try-", "namespace": team, "labels": {QUEUE: queue} if queue else {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def job(team: str, queue: str = "") -> dict[str, Any]:
    template = {"spec": pod(team, GPU, tolerations=TAINT)["spec"]}
    meta = {"generateName": "try-", "namespace": team, "labels": {QUEUE: queue} if queue else {}}
    spec = {"suspend": True, "template": template}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec}


def create(checkout: Checkout, member_of: str, given: dict[str, Any]) -> str:
    """What the API server says to a member of a team; nothing if it is content."""
    who = ("--as=somebody", f"--as-group=ml-{member_of}", "--as-group=system:authenticated")
    done = checkout.kubectl("create", "--filename=-", "--dry-run=server", *who, given=given)
    return done.stderr if done.returncode else ""


def test_fifty_teams_are_made_and_a_second_preview_is_empty(checkout: Checkout, up: dict[str, Any]) -> None:
    spaces = checkout.live("namespaces", "--selector=ml-platform/tenant")["items"]
    assert sorted(one["metadata"]["name"] for one in spaces) == TEAMS
    assert checkout.mlp("preview")["changes"] == []


@pytest.mark.parametrize("team", [TEAMS[0], TEAMS[-1]])
def test_a_team_works_in_its_own_place(checkout: Checkout, up: dict[str, Any], team: str) -> None:
    assert create(checkout, team, pod(team)) == ""
    assert create(checkout, team, job(team, queue=team)) == ""


def test_a_team_makes_nothing_in_the_place_of_another(checkout: Checkout, up: dict[str, Any]) -> None:
    said = create(checkout, TEAMS[0], pod(TEAMS[1]))
    assert f'cannot create resource "pods" in API group "" in the namespace "{TEAMS[1]}"' in said


def test_a_pod_does_not_run_as_the_service_account_of_another_team(checkout: Checkout, up: dict[str, Any]) -> None:
    account = checkout.kubectl("create", "serviceaccount", "trainer", f"--namespace={TEAMS[1]}")
    assert account.returncode == 0, account.stderr
    assert create(checkout, TEAMS[1], pod(TEAMS[1], serviceAccountName="trainer")) == ""
    said = create(checkout, TEAMS[0], pod(TEAMS[0], serviceAccountName="trainer"))
    assert f"error looking up service account {TEAMS[0]}/trainer" in said
    who = ("--as=somebody", f"--as-group=ml-{TEAMS[0]}")
    assert checkout.kubectl("create", "token", "trainer", f"--namespace={TEAMS[1]}", *who).returncode != 0


@pytest.mark.parametrize(("limits", "told"), [({"cpu": "9"}, "requests.cpu"), ({"memory": "33Gi"}, "requests.memory")])
def test_a_team_does_not_exceed_its_quota(
    checkout: Checkout, up: dict[str, Any], limits: dict[str, str], told: str
) -> None:
    said = create(checkout, TEAMS[0], pod(TEAMS[0], limits))
    assert "exceeded quota" in said
    assert told in said


def test_a_load_balancer_fits_the_quota_without_node_ports(checkout: Checkout, up: dict[str, Any]) -> None:
    spec = {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb", "ports": [{"port": 443}]}
    given = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "rpc", "namespace": TEAMS[0]}, "spec": spec}
    assert "services.nodeports" in create(checkout, TEAMS[0], given)
    spec["allocateLoadBalancerNodePorts"] = False
    assert create(checkout, TEAMS[0], given) == ""


def test_a_claim_of_a_class_that_does_not_encrypt_is_refused(checkout: Checkout, up: dict[str, Any]) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    meta = {"name": "data", "namespace": TEAMS[0]}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}
    assert create(checkout, TEAMS[0], claim) == ""
    said = create(checkout, TEAMS[0], {**claim, "spec": {**spec, "storageClassName": "gp2"}})
    assert "gp2.storageclass.storage.k8s.io/requests.storage" in said


def test_quotas_are_each_teams_own(checkout: Checkout, up: dict[str, Any]) -> None:
    for _ in range(5):
        assert checkout.kubectl("create", "--filename=-", given=pod(TEAMS[2])).returncode == 0
    assert "pods=1, used: pods=5, limited: pods=5" in create(checkout, TEAMS[2], pod(TEAMS[2]))
    assert create(checkout, TEAMS[3], pod(TEAMS[3])) == ""


@pytest.mark.parametrize(
    "given",
    [
        pod(TEAMS[0], GPU),
        pod(TEAMS[0], GPU, queue=TEAMS[1]),
        pod(TEAMS[0], tolerations=TAINT),
        pod(TEAMS[0], tolerations=[{"operator": "Exists"}]),
        job(TEAMS[0]),
        job(TEAMS[0], queue=TEAMS[1]),
    ],
    ids=["pod", "pod in a queue of others", "taint", "every taint", "job", "job in a queue of others"],
)
def test_nobody_gets_to_a_gpu_around_the_queue(checkout: Checkout, up: dict[str, Any], given: dict[str, Any]) -> None:
    said = create(checkout, TEAMS[0], given)
    assert "nvidia.com/gpu, or tolerates its taint, around the queue of its team" in said
    assert f"add the label {QUEUE}: {TEAMS[0]}" in said


def test_nobody_chooses_a_node_by_name(checkout: Checkout, up: dict[str, Any]) -> None:
    assert "goes around scheduler, taints and queue" in create(checkout, TEAMS[0], pod(TEAMS[0], nodeName="gpu-1"))


def test_a_container_without_requests_gets_defaults_and_no_gpu(checkout: Checkout, up: dict[str, Any]) -> None:
    done = checkout.kubectl(
        "create", "--filename=-", "--dry-run=server", "--output=jsonpath={.spec.containers[0].resources}",
        given=pod(TEAMS[0]),
    )  # fmt: skip
    assert done.stdout == '{"limits":{"memory":"512Mi"},"requests":{"cpu":"100m","memory":"256Mi"}}'


@pytest.mark.parametrize("resource", ["networkpolicies", "resourcequotas", "limitranges", "localqueues", "roles"])
def test_a_team_does_not_lift_its_own_limits(checkout: Checkout, up: dict[str, Any], resource: str) -> None:
    who = ("--as=somebody", f"--as-group=ml-{TEAMS[0]}")
    answers = [
        checkout.kubectl("auth", "can-i", verb, resource, f"--namespace={TEAMS[0]}", *who).stdout.strip()
        for verb in ("create", "delete", "update")
    ]
    assert answers == ["no", "no", "no"]


def test_a_privileged_pod_is_refused(checkout: Checkout, up: dict[str, Any]) -> None:
    given = pod(TEAMS[0])
    given["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    assert 'violates PodSecurity "restricted:latest"' in create(checkout, TEAMS[0], given)
