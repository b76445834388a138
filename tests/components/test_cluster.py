import json
from datetime import date
from typing import Any

import pytest

from components import AccessPolicy, Cluster
from components import cluster as module
from components._eks_versions import STANDARD_SUPPORT_ENDS, judge
from tests.components.conftest import ACCOUNT, TAGS, Recorder, Run

ADDONS = {
    "vpc-cni": "v1",
    "kube-proxy": "v2",
    "coredns": "v3",
    "eks-pod-identity-agent": "v4",
    "aws-ebs-csi-driver": "v5",
}
NODES = {"instance_types": ["m7i.large"], "min_size": 2, "max_size": 4}
OPS = f"arn:aws:iam::{ACCOUNT}:role/ops"


def cluster(**more: Any) -> Cluster:
    args = {
        "version": "1.35",
        "subnet_ids": ["a", "b"],
        "kms_key_arn": "arn:key",
        "addons": ADDONS,
        "system_nodes": NODES,
        "tags": TAGS,
    }
    return Cluster("ml", {**args, **more})  # pyright: ignore[reportArgumentType]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "judge", lambda version, today: judge(version, date(2026, 11, 21)))


def test_the_cluster_is_private_encrypted_logged_and_on_standard_support(recorder: Recorder, run: Run) -> None:
    run(cluster)
    assert recorder.inputs("Cluster", "ml", "tags", "roleArn") == {
        "name": "ml-platform-dev-ml",
        "version": "1.35",
        "vpcConfig": {"subnetIds": ["a", "b"], "endpointPrivateAccess": True, "endpointPublicAccess": False},
        "encryptionConfig": {"resources": ["secrets"], "provider": {"keyArn": "arn:key"}},
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "upgradePolicy": {"supportType": "STANDARD"},
        "zonalShiftConfig": {"enabled": True},
        "deletionProtection": True,
    }


def test_logs_have_a_key_and_an_end_before_eks_writes_any(recorder: Recorder, run: Run) -> None:
    run(lambda: cluster(log_days=30))
    group = recorder.inputs("LogGroup", "ml", "tags")
    assert group == {"name": "/aws/eks/ml-platform-dev-ml/cluster", "kmsKeyId": "arn:key", "retentionInDays": 30}
    assert {"LogGroup ml", "RolePolicyAttachment ml-AmazonEKSClusterPolicy"} <= recorder.one("Cluster", "ml").depends


def test_the_api_is_public_only_for_named_networks(recorder: Recorder, run: Run) -> None:
    run(lambda: cluster(public_access_cidrs=["192.0.2.0/24"], deletion_protection=False))
    made = recorder.inputs("Cluster", "ml")
    assert made["vpcConfig"]["endpointPublicAccess"]
    assert made["vpcConfig"]["publicAccessCidrs"] == ["192.0.2.0/24"]
    assert made["deletionProtection"] is False


def test_who_enters_is_named_and_may_be_limited_to_namespaces(recorder: Recorder, run: Run) -> None:
    access = {
        "ops": {"principal_arn": OPS, "policy": AccessPolicy.CLUSTER_ADMIN},
        "team": {"principal_arn": f"{OPS}2", "policy": AccessPolicy.EDIT, "namespaces": ["fraud"]},
    }
    run(lambda: cluster(access=access))
    policies = {one.name: one.inputs for one in recorder.of("AccessPolicyAssociation")}
    assert policies["ml-ops"]["policyArn"] == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    assert policies["ml-ops"]["accessScope"] == {"type": "cluster"}
    assert policies["ml-team"]["policyArn"].endswith("/AmazonEKSEditPolicy")
    assert policies["ml-team"]["accessScope"] == {"type": "namespace", "namespaces": ["fraud"]}
    assert {one.inputs["principalArn"] for one in recorder.of("AccessEntry")} == {OPS, f"{OPS}2"}


def test_nobody_enters_by_default(recorder: Recorder, run: Run) -> None:
    run(cluster)
    assert not recorder.of("AccessEntry")


def test_add_ons_are_pinned_and_those_that_call_aws_have_a_role_of_their_own(recorder: Recorder, run: Run) -> None:
    run(cluster)
    addons = {one.inputs["addonName"]: one for one in recorder.of("Addon")}
    assert {name: one.inputs["addonVersion"] for name, one in addons.items()} == ADDONS
    given = {name: one.inputs.get("podIdentityAssociations", []) for name, one in addons.items()}
    assert {name for name, roles in given.items() if roles} == {"vpc-cni", "aws-ebs-csi-driver"}
    assert addons["vpc-cni"].inputs["podIdentityAssociations"][0]["serviceAccount"] == "aws-node"
    (trust,) = recorder.statements("Role", "ml-vpc-cni", "assumeRolePolicy")
    assert trust["Condition"]["StringEquals"]["aws:RequestTag/kubernetes-service-account"] == "aws-node"
    assert json.loads(addons["vpc-cni"].inputs["configurationValues"])["enableNetworkPolicy"] == "true"
    assert "RolePolicyAttachment ml-vpc-cni-AmazonEKS_CNI_Policy" in addons["vpc-cni"].depends


def test_the_driver_of_volumes_may_use_the_key_of_the_cluster(recorder: Recorder, run: Run) -> None:
    run(cluster)
    use, grant = recorder.statements("RolePolicy", "ml-aws-ebs-csi-driver")
    assert use["Resource"] == grant["Resource"] == "arn:key"
    assert "kms:GenerateDataKey*" in use["Action"]
    assert (grant["Action"], grant["Condition"]) == (
        ["kms:CreateGrant"],
        {"Bool": {"kms:GrantIsForAWSResource": "true"}},
    )
    assert "RolePolicy ml-aws-ebs-csi-driver" in recorder.one("Addon", "ml-aws-ebs-csi-driver").depends


def test_nodes_come_after_their_network_and_other_add_ons_after_nodes(recorder: Recorder, run: Run) -> None:
    run(cluster)
    nodes = recorder.one("NodeGroup", "ml-system")
    assert {"Addon ml-vpc-cni", "Addon ml-kube-proxy", "Addon ml-eks-pod-identity-agent"} <= nodes.depends
    for addon in ("coredns", "aws-ebs-csi-driver"):
        assert "NodeGroup ml-system" in recorder.one("Addon", f"ml-{addon}").depends


def test_system_nodes_get_the_image_that_is_asked_for(recorder: Recorder, run: Run) -> None:
    run(lambda: cluster(system_nodes={**NODES, "release": "1.35.0-20261023"}))
    assert recorder.inputs("NodeGroup", "ml-system")["releaseVersion"] == "1.35.0-20261023"


def test_system_nodes_keep_pods_from_their_identity_and_disks_encrypted(recorder: Recorder, run: Run) -> None:
    run(lambda: cluster(system_nodes={**NODES, "volume_gib": 60}))
    template = recorder.inputs("LaunchTemplate", "ml-system")
    assert template["metadataOptions"]["httpTokens"] == "required"
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
    (disk,) = template["blockDeviceMappings"]
    assert (disk["ebs"]["encrypted"], disk["ebs"]["kmsKeyId"], disk["ebs"]["volumeSize"]) == ("true", "arn:key", 60)
    assert {one["resourceType"] for one in template["tagSpecifications"]} == {"instance", "volume"}
    nodes = recorder.inputs("NodeGroup", "ml-system")
    assert nodes["scalingConfig"] == {"minSize": 2, "desiredSize": 2, "maxSize": 4}
    assert nodes["taints"][0]["key"] == "CriticalAddonsOnly"
    policies = {
        one.inputs["policyArn"].rpartition("/")[2]
        for one in recorder.of("RolePolicyAttachment")
        if "system" in one.name
    }
    assert nodes["version"] == recorder.inputs("Cluster", "ml")["version"]
    # The network plug-in's rights are its own, not those of every pod's node.
    assert "AmazonEKS_CNI_Policy" not in policies
    assert {"AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"} <= policies


def test_karpenter_finds_the_clusters_security_group(recorder: Recorder, run: Run) -> None:
    run(cluster)
    assert recorder.inputs("Tag", "ml") == {
        "resourceId": "sg-of-eks",
        "key": "karpenter.sh/discovery",
        "value": "ml-platform-dev-ml",
    }


def test_the_kubeconfig_signs_in_by_aws_and_holds_no_secret(run: Run) -> None:
    config = json.loads(run(cluster)["kubeconfig"])
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    asked = ["--cluster-name", "ml-platform-dev-ml", "--region", "eu-central-1"]
    found = user["user"]["exec"]
    assert [found["command"], *found["args"]] == ["aws", "--output", "json", "eks", "get-token", *asked]
    assert config["clusters"][0]["cluster"]["certificate-authority-data"] == "Q0E="


def test_another_command_may_sign_in(run: Run) -> None:
    config = json.loads(run(lambda: cluster(token_command=["mlp", "token"]))["kubeconfig"])
    found = config["users"][0]["user"]["exec"]
    assert [found["command"], *found["args"][:2]] == ["mlp", "token", "--cluster-name"]


def test_eks_and_ec2_assume_their_roles_and_nobody_else(recorder: Recorder, run: Run) -> None:
    run(cluster)
    for name, service in (("ml", "eks.amazonaws.com"), ("ml-system", "ec2.amazonaws.com")):
        trust = recorder.statements("Role", name, "assumeRolePolicy")
        assert trust[0]["Action"] == "sts:AssumeRole"
        assert trust[0]["Principal"] == {"Service": service}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (
            {"version": "1.33"},
            r"Cluster 'ml': version = '1\.33': its standard support ended on 2026-07-29; allowed: 1\.34",
        ),
        ({"version": "2.0"}, r"version = '2\.0' is not in the table of supported versions"),
        ({"addons": {"coredns": "v1"}}, "addons lacks eks-pod-identity-agent, kube-proxy, vpc-cni"),
        ({"public_access_cidrs": ["0.0.0.0/0"]}, r"public_access_cidrs has '0\.0\.0\.0/0'"),
        (
            {"access": {"a": {"principal_arn": f"{OPS}*", "policy": "view"}}},
            r"access\.a\.principal_arn = .*; allowed: the",
        ),
        ({"access": {"a": {"principal_arn": OPS, "policy": "cluster-admin", "namespaces": ["b"]}}}, "it has all"),
    ],
)
def test_a_cluster_that_would_fail_or_be_open_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: cluster(**more))


@pytest.mark.parametrize(
    ("today", "warned"),
    [(date(2026, 9, 1), False), (date(2026, 10, 4), True), (date(2026, 12, 2), True)],
)
def test_a_version_is_warned_of_sixty_days_before_its_end(today: date, warned: bool) -> None:
    assert bool(judge("1.34", today)) is warned


def test_a_version_ends_the_day_after_its_last() -> None:
    with pytest.raises(ValueError, match="ended on 2026-12-02"):
        judge("1.34", date(2026, 12, 3))
    assert list(STANDARD_SUPPORT_ENDS.values()) == sorted(STANDARD_SUPPORT_ENDS.values())
