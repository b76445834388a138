"""The controllers of the cluster: in which order, with which rights, and with values that their charts know."""

import json
from pathlib import Path
from typing import Any

import pytest

from components import ClusterAddons
from components import _addon_rights as rights
from components.versions import CHARTS, KARPENTER
from tests.components.conftest import ACCOUNT, REGION, TAGS, Recorder, Run
from tests.components.iam import decide
from tests.components.samples import KEY, sample

FIELD = Path(__file__).parents[2] / "../shared/field"
CALLER = {"account": ACCOUNT, "region": REGION, "partition": "aws"}
ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
SECRETS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"
VOLUME_KEY = f"{KEY}-of-volumes"
TAG = "elbv2.k8s.aws/cluster"
WAVES = [
    {"karpenter-crd"},
    {"cert-manager"},
    {"aws-load-balancer-controller"},
    {"external-secrets", "keda", "metrics-server"},
    {"argo-rollouts"},
    {"karpenter", "nvidia-device-plugin", "dcgm-exporter"},
]


def addons(**more: Any) -> ClusterAddons:
    keys = {"kms_key_arn": KEY, "volume_kms_key_arn": VOLUME_KEY}
    args: Any = {"cluster_name": "ml", "vpc_id": "vpc", **keys, "secret_prefix": "secrets-", "tags": TAGS}
    return ClusterAddons("addons", {**args, **more})  # pyright: ignore


def test_each_wave_waits_for_those_before_it(recorder: Recorder, run: Run) -> None:
    run(lambda: addons(karpenter_queue="q"))
    waits = {
        one.inputs["name"]: {title.split("addons-")[1] for title in one.depends if "Release" in title}
        for one in recorder.of("Release")
    }
    before: set[str] = set()
    for wave in WAVES:
        assert {name for name, found in waits.items() if found == before} == wave
        before |= wave
    assert before == set(waits)


def test_a_claim_without_a_class_gets_an_encrypted_volume(recorder: Recorder, run: Run) -> None:
    run(addons)
    (found,) = recorder.of("StorageClass")
    assert found.inputs["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert found.inputs["provisioner"] == "ebs.csi.aws.com"
    assert found.inputs["parameters"] == {"type": "gp3", "encrypted": "true", "kmsKeyId": VOLUME_KEY}
    # A volume is of one zone, which must be that of its pod.
    assert found.inputs["volumeBindingMode"] == "WaitForFirstConsumer"


def test_a_namespace_is_closed_before_a_release_fills_it(recorder: Recorder, run: Run) -> None:
    run(lambda: addons(karpenter_queue="q"))
    names = {one.inputs["metadata"]["name"] for one in recorder.of("Namespace")}
    assert names == {one.inputs["namespace"] for one in recorder.of("Release")} - {"kube-system"}
    closed = {f"{kind} addons-{name}" for name in names for kind in ("Namespace", "NetworkPolicy")}
    for one in recorder.of("Release"):
        assert closed <= one.depends
    for one in recorder.of("Namespace"):
        assert TAGS.items() <= one.inputs["metadata"]["labels"].items()


def test_a_controller_starts_with_its_identity_and_that_with_its_rights(recorder: Recorder, run: Run) -> None:
    run(lambda: addons(scaling_queue_arns=["arn:queue"]))
    found = {one.name: one for one in recorder.of("PodIdentityAssociation")}
    assert {name: (one.inputs["namespace"], one.inputs["serviceAccount"]) for name, one in found.items()} == {
        "addons-argo-rollouts": ("argo-rollouts", "argo-rollouts"),
        "addons-aws-load-balancer-controller": ("kube-system", "aws-load-balancer-controller"),
        "addons-external-secrets": ("external-secrets", "external-secrets"),
        "addons-keda": ("keda", "keda-operator"),
    }
    for name, one in found.items():
        assert f"RolePolicy {name}" in one.depends
        assert one.title in recorder.one("Release", name).depends
    (trust,) = recorder.statements("Role", "addons-keda", "assumeRolePolicy")
    pod = {"aws:RequestTag/kubernetes-namespace": "keda", "aws:RequestTag/kubernetes-service-account": "keda-operator"}
    assert pod.items() <= trust["Condition"]["StringEquals"].items()


def test_keda_has_no_rights_unless_it_scales_by_a_queue(recorder: Recorder, run: Run) -> None:
    run(addons)
    assert [one.name for one in recorder.of("Role") if "keda" in one.name] == []


def test_every_release_is_pinned_named_and_undone_if_it_fails(recorder: Recorder, run: Run) -> None:
    run(lambda: addons(karpenter_queue="q"))
    charts = {chart.name: chart for chart in CHARTS}
    for one in recorder.of("Release"):
        found, chart = one.inputs, charts[one.inputs["name"]]
        assert (found["version"], found["namespace"]) == (chart.version, chart.namespace)
        assert (found["atomic"], found["cleanupOnFail"], found["waitForJobs"]) == (True, True, True)
        assert found["chart"].startswith("oci://") != ("repositoryOpts" in found)
        assert found.get("skipCrds", False) == (chart is KARPENTER)


def test_karpenter_knows_its_region_and_the_gpu_charts_come_with_it(recorder: Recorder, run: Run) -> None:
    run(lambda: addons(karpenter_queue="interruptions"))
    found = recorder.inputs("Release", "addons-karpenter")["values"]
    assert found["settings"] == {"clusterName": "ml", "interruptionQueue": "interruptions"}
    assert found["controller"]["env"] == [{"name": "AWS_REGION", "value": REGION}]
    for chart in ("nvidia-device-plugin", "dcgm-exporter"):
        assert recorder.inputs("Release", f"addons-{chart}")["values"]["tolerations"] == [
            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
        ]


def test_no_webhook_stands_in_the_way_of_every_service(recorder: Recorder, run: Run) -> None:
    run(addons)
    found = recorder.inputs("Release", "addons-aws-load-balancer-controller")["values"]
    assert found["enableServiceMutatorWebhook"] is False
    assert set(found["controllerConfig"]["featureGates"].values()) == {False}
    assert found["defaultTags"]["cost-centre"] == TAGS["cost-centre"]


@pytest.mark.parametrize(("replicas", "budgets"), [(1, {False}), (2, {True})])
def test_two_pods_have_a_disruption_budget(recorder: Recorder, run: Run, replicas: int, budgets: set[bool]) -> None:
    run(lambda: addons(replicas=replicas))
    for chart, parts in {
        "cert-manager": ("webhook", "cainjector"),
        "external-secrets": ("webhook", "certController"),
        "metrics-server": (),
    }.items():
        found = recorder.inputs("Release", f"addons-{chart}")["values"]
        assert {part["podDisruptionBudget"]["enabled"] for part in (found, *(found[key] for key in parts))} == budgets
    keda = recorder.inputs("Release", "addons-keda")["values"]
    assert ("podDisruptionBudget" in keda) == (replicas > 1)
    assert {keda[part]["replicaCount"] for part in ("operator", "metricsServer", "webhooks")} == {replicas}


def test_the_gateway_api_comes_from_a_file_and_first(recorder: Recorder, run: Run) -> None:
    run(lambda: addons(gateway_api_file=sample(ClusterAddons)["gateway_api_file"]))
    crd = recorder.one("CustomResourceDefinition", "addons-gateways.gateway.networking.k8s.io")
    assert crd.type == "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
    assert crd.title in recorder.one("Release", "addons-cert-manager").depends
    gates = recorder.inputs("Release", "addons-aws-load-balancer-controller")["values"]["controllerConfig"]
    assert set(gates["featureGates"].values()) == {True}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"replicas": 0}, "replicas = 0; allowed: 1 or more"),
        ({"secret_prefix": ""}, "secret_prefix = ''; allowed: how the secrets' names begin"),
        ({"secret_prefix": "*"}, r"secret_prefix = '\*'; allowed"),
        ({"gateway_api_file": "/nowhere.yaml"}, "gateway_api_file = '/nowhere.yaml': .*No such file.*standard-install"),
        ({"gateway_api_file": __file__}, "gateway_api_file = .*test_addons.py"),
    ],
)
def test_what_could_not_work_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: addons(**more))


def test_the_controller_of_rollouts_sees_where_traffic_goes_and_changes_nothing_in_aws(
    recorder: Recorder, run: Run
) -> None:
    run(addons)
    (statement,) = recorder.statements("RolePolicy", "addons-argo-rollouts")
    assert all(action.startswith("elasticloadbalancing:Describe") for action in statement["Action"])
    found = recorder.inputs("Release", "addons-argo-rollouts")["values"]
    assert found["controller"]["awsVerifyTargetGroup"] is True
    assert found["controller"]["extraEnv"] == [{"name": "AWS_REGION", "value": REGION}]
    routers = found["providerRBAC"]["providers"]
    assert [name for name, allowed in routers.items() if allowed] == ["awsLoadBalancerController"]


OWN, OTHER = {f"aws:ResourceTag/{TAG}": "ml"}, {f"aws:ResourceTag/{TAG}": "other"}
BALANCER = f"{ELB}:loadbalancer/app/a/1"


@pytest.mark.parametrize(
    ("action", "resource", "context", "answer"),
    [
        ("elasticloadbalancing:DeleteLoadBalancer", BALANCER, OWN, "Allow"),
        ("elasticloadbalancing:DeleteLoadBalancer", BALANCER, OTHER, "no"),
        ("elasticloadbalancing:DeleteLoadBalancer", BALANCER, {}, "no"),
        ("elasticloadbalancing:CreateLoadBalancer", BALANCER, {f"aws:RequestTag/{TAG}": "ml"}, "Allow"),
        ("elasticloadbalancing:CreateLoadBalancer", BALANCER, {f"aws:RequestTag/{TAG}": "other"}, "no"),
        ("elasticloadbalancing:AddTags", BALANCER, OWN, "Allow"),
        ("elasticloadbalancing:AddTags", BALANCER, {**OWN, f"aws:RequestTag/{TAG}": "other"}, "no"),
        ("elasticloadbalancing:RegisterTargets", f"{ELB}:targetgroup/a/1", {}, "Allow"),
        ("ec2:DeleteSecurityGroup", "*", OTHER, "no"),
        ("ec2:TerminateInstances", "*", OWN, "no"),
        ("iam:CreateServiceLinkedRole", "*", {"iam:AWSServiceName": "spot.amazonaws.com"}, "no"),
    ],
)
def test_the_load_balancer_controller_changes_its_own_clusters_things(
    action: str, resource: str, context: dict[str, str], answer: str
) -> None:
    assert decide(rights.load_balancers(CALLER, "ml"), action, resource, context=context) == answer


def test_its_rights_fit_into_one_role() -> None:
    # 10,240 characters without white space for all inline policies: IAM quotas.
    assert len(json.dumps(rights.load_balancers(CALLER, "a" * 100), separators=(",", ":"))) < 10_240


def test_it_may_do_what_its_authors_say_it_needs_and_no_more() -> None:
    path = FIELD / "aws-load-balancer-controller-iam.json"
    if not path.exists():
        pytest.skip("the field notes are not beside the project")
    wanted = {action for one in json.loads(path.read_text())["Statement"] for action in one["Action"]}
    found = {action for one in rights.load_balancers(CALLER, "ml") for action in one["Action"]}
    assert found == wanted


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("secretsmanager:GetSecretValue", f"{SECRETS}:secrets-a-1", "Allow"),
        ("secretsmanager:GetSecretValue", f"{SECRETS}:rds!b", "no"),
        ("secretsmanager:PutSecretValue", f"{SECRETS}:secrets-a-1", "no"),
        ("secretsmanager:ListSecrets", "*", "no"),
        ("kms:Decrypt", KEY, "no"),
    ],
)
def test_external_secrets_reads_below_its_prefix_only(action: str, resource: str, answer: str) -> None:
    assert decide(rights.secrets(CALLER, "secrets-", KEY), action, resource) == answer


def test_a_key_decrypts_on_the_way_of_a_secret_only() -> None:
    via = {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}
    assert decide(rights.secrets(CALLER, "secrets-", KEY), "kms:Decrypt", KEY, context=via) == "Allow"
