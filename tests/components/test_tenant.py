from typing import Any

import pytest

from components import Tenant
from tests.components.conftest import ALL_TAGS, TAGS, Recorder, Run
from tests.components.crds import problems
from tests.components.samples import KEY, sample

READS = {"kind": "read-prefix", "resource_arn": "arn:aws:s3:::b", "prefix": "vision", "kms_key_arn": KEY}
EVERYTHING = {"podSelector": {}}


def tenant(**more: Any) -> Tenant:
    args: Any = {
        "namespace": "vision",
        "group": "ml-vision",
        "quota": {"cpus": 32, "memory_gib": 128},
        "cluster_name": "ml",
        "tags": TAGS,
    }
    return Tenant("team", {**args, **more})  # pyright: ignore


def test_the_namespace_refuses_what_is_not_restricted_and_shows_who_pays(recorder: Recorder, run: Run) -> None:
    assert run(tenant)["namespace"] == "vision"
    found = recorder.inputs("Namespace", "team")["metadata"]["labels"]
    assert found["pod-security.kubernetes.io/enforce"] == "restricted"
    assert found["ml-platform/tenant"] == "vision"
    assert ALL_TAGS.items() <= found.items()


def test_the_quota_is_what_was_given_and_no_gpus_unless_asked_for(recorder: Recorder, run: Run) -> None:
    run(tenant)
    assert recorder.inputs("ResourceQuota", "team")["spec"]["hard"] == {
        "requests.cpu": "32",
        "requests.memory": "128Gi",
        "limits.memory": "256Gi",
        "requests.nvidia.com/gpu": "0",
        "requests.storage": "500Gi",
        "pods": "100",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
        "gp2.storageclass.storage.k8s.io/requests.storage": "0",
    }


def test_no_container_gets_a_gpu_by_default(recorder: Recorder, run: Run) -> None:
    run(lambda: tenant(quota={"cpus": 1, "memory_gib": 1, "gpus": 8}, cluster_queue="vision"))
    (limit,) = recorder.inputs("LimitRange", "team")["spec"]["limits"]
    assert set(limit["default"]) | set(limit["defaultRequest"]) == {"cpu", "memory"}


def test_nothing_goes_in_or_out_but_what_is_named(recorder: Recorder, run: Run) -> None:
    run(lambda: tenant(https_cidrs=["10.0.0.0/16"], from_namespaces=["monitoring"]))
    found = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in recorder.of("NetworkPolicy")}
    assert found["default-deny"] == {**EVERYTHING, "policyTypes": ["Ingress", "Egress"]}
    here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "vision"}}}
    assert (found["own-namespace"]["ingress"], found["own-namespace"]["egress"]) == (
        [{"from": [here]}],
        [{"to": [here]}],
    )
    dns, credentials, tls = found["platform"]["egress"]
    assert {(one["port"], one["protocol"]) for one in dns["ports"]} == {(53, "UDP"), (53, "TCP")}
    assert dns["to"][0]["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}
    assert credentials["to"] == [{"ipBlock": {"cidr": "169.254.170.23/32"}}]
    assert tls == {"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}], "ports": [{"port": 443, "protocol": "TCP"}]}
    (callers,) = found["callers"]["ingress"]
    assert callers["from"][0]["namespaceSelector"]["matchExpressions"][0]["values"] == ["monitoring"]
    assert {tuple(one["policyTypes"]) for name, one in found.items() if name in ("platform", "callers")} == {
        ("Egress",),
        ("Ingress",),
    }


def test_without_networks_and_callers_there_is_neither(recorder: Recorder, run: Run) -> None:
    run(tenant)
    found = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in recorder.of("NetworkPolicy")}
    assert set(found) == {"default-deny", "own-namespace", "platform"}
    assert len(found["platform"]["egress"]) == 2


@pytest.mark.parametrize(
    ("group", "resource", "verb", "allowed"),
    [
        ("batch", "jobs", "create", True),
        ("", "pods/exec", "create", True),
        ("kueue.x-k8s.io", "localqueues", "get", True),
        ("kueue.x-k8s.io", "localqueues", "create", False),
        ("kueue.x-k8s.io", "workloads", "patch", False),
        ("networking.k8s.io", "networkpolicies", "delete", False),
        ("", "resourcequotas", "update", False),
        ("", "limitranges", "update", False),
        ("", "serviceaccounts", "impersonate", False),
        ("", "serviceaccounts", "create", False),
        ("", "serviceaccounts/token", "create", False),
        ("", "pods/binding", "create", False),
        ("rbac.authorization.k8s.io", "rolebindings", "create", False),
    ],
)
def test_the_team_works_in_its_limits_and_cannot_change_them(
    recorder: Recorder, run: Run, group: str, resource: str, verb: str, allowed: bool
) -> None:
    run(tenant)
    rules = recorder.inputs("Role", "team")["rules"]
    assert "*" not in str(rules)
    found = [
        one for one in rules if group in one["apiGroups"] and resource in one["resources"] and verb in one["verbs"]
    ]
    assert bool(found) == allowed


def test_the_rights_are_the_groups(recorder: Recorder, run: Run) -> None:
    run(lambda: tenant(member_arns=["arn:aws:iam::1:role/vision"]))
    bound = recorder.inputs("RoleBinding", "team")
    (subject,) = bound["subjects"]
    assert (subject["kind"], subject["name"], bound["roleRef"]["kind"]) == ("Group", "ml-vision", "Role")
    entry = recorder.inputs("AccessEntry", "team-member-0")
    assert (entry["principalArn"], entry["kubernetesGroups"]) == ("arn:aws:iam::1:role/vision", ["ml-vision"])


def test_a_service_account_has_an_identity_before_it_can_run_pods(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: tenant(service_accounts={"trainer": {"grants": [READS]}}))
    association = recorder.inputs("PodIdentityAssociation", "team-trainer")
    assert (association["namespace"], association["serviceAccount"]) == ("vision", "trainer")
    account = recorder.one("ServiceAccount", "team-trainer")
    assert account.inputs["automountServiceAccountToken"] is False
    assert "PodIdentityAssociation team-trainer" in account.depends
    assert outputs["role_arns"] == {"trainer": association["roleArn"]}
    (objects,) = [
        one for one in recorder.statements("RolePolicy", "team-trainer-read-prefix") if "s3:GetObject" in one["Action"]
    ]
    assert objects["Resource"] == "arn:aws:s3:::b/vision/*"


def test_the_queue_is_called_like_the_namespace_which_is_what_the_policy_asks_for(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: tenant(cluster_queue="vision"))
    found = recorder.inputs("LocalQueue", "team-queue")
    assert (found["metadata"]["name"], found["metadata"]["namespace"]) == ("vision", "vision")
    assert found["spec"] == {"clusterQueue": "vision"}
    assert outputs["queue_name"] == "vision"
    assert problems({**found, "metadata": {}}) == []


def test_without_a_queue_there_is_none(recorder: Recorder, run: Run) -> None:
    assert run(tenant)["queue_name"] is None
    assert recorder.of("LocalQueue") == []


def test_everything_waits_for_the_namespace_and_that_for_what_was_named(recorder: Recorder, run: Run) -> None:
    import pulumi_kubernetes as k8s

    def program() -> Tenant:
        first = k8s.core.v1.ConfigMap("controller")
        return Tenant("it", {**sample(Tenant), "after": [first.id]})  # pyright: ignore

    run(program)
    assert "ConfigMap controller" in recorder.one("Namespace", "it").depends
    for kind in ("ResourceQuota", "LimitRange", "NetworkPolicy", "Role", "RoleBinding", "ServiceAccount", "LocalQueue"):
        for one in recorder.of(kind):
            if one.type.startswith("kubernetes:"):
                assert "Namespace it" in one.depends, one.title


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"namespace": "kube-system"}, "namespace = 'kube-system'; allowed: a DNS label that the cluster does not use"),
        ({"namespace": "keda"}, "namespace = 'keda'; allowed"),
        ({"namespace": "A"}, "namespace = 'A'; allowed"),
        ({"group": "system:masters"}, "group = 'system:masters'; allowed: a group of your own"),
        ({"quota": {"cpus": 1, "memory_gib": 1, "gpus": 1}}, r"quota\.gpus = 1; allowed without cluster_queue: 0"),
    ],
)
def test_a_tenant_is_not_the_cluster(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: tenant(**more))
