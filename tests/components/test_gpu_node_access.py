import json
from typing import Any

import pytest

from components import GpuNodeAccess
from components._karpenter import controller_policies, queue_policy
from components.gpu_node_access import POLICIES
from tests.components.conftest import ACCOUNT, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

CALLER = {"account": ACCOUNT, "region": REGION, "partition": "aws"}
NODE, QUEUE, KEY = f"arn:aws:iam::{ACCOUNT}:role/node", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "arn:key"
INSTANCE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1"
OWNED = {"aws:ResourceTag/kubernetes.io/cluster/ml": "owned", "aws:ResourceTag/karpenter.sh/nodepool": "gpu"}
ASKED = {
    "aws:RequestTag/kubernetes.io/cluster/ml": "owned",
    "aws:RequestTag/eks:eks-cluster-name": "ml",
    "aws:RequestTag/karpenter.sh/nodepool": "gpu",
}
SPOT = {"instance_types": ["g5.xlarge", "g6.xlarge"], "max_size": 4, "subnet_ids": ["a"]}


def access(**more: Any) -> GpuNodeAccess:
    return GpuNodeAccess("gpu", {"cluster_name": "ml", "kms_key_arn": KEY, "tags": TAGS, **more})  # pyright: ignore


@pytest.fixture
def rights() -> list[dict[str, Any]]:
    """Everything the controller may do."""
    return [one for part in controller_policies(CALLER, "ml", NODE, QUEUE, KEY).values() for one in part]


@pytest.mark.parametrize(
    ("action", "resource", "context", "answer"),
    [
        ("ec2:TerminateInstances", INSTANCE, OWNED, "Allow"),
        ("ec2:TerminateInstances", INSTANCE, {}, "no"),
        ("ec2:TerminateInstances", INSTANCE, {k.replace("/ml", "/other"): v for k, v in OWNED.items()}, "no"),
        ("ec2:RunInstances", INSTANCE, ASKED, "Allow"),
        ("ec2:RunInstances", INSTANCE, {}, "no"),
        ("ec2:RunInstances", f"arn:aws:ec2:{REGION}::image/ami-1", {}, "Allow"),
        ("ec2:RunInstances", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1", ASKED, "no"),
        ("ec2:CreateTags", INSTANCE, {**ASKED, "ec2:CreateAction": "RunInstances"}, "Allow"),
        ("ec2:CreateTags", INSTANCE, ASKED, "no"),
        ("ec2:CreateTags", INSTANCE, {**OWNED, "aws:TagKeys": ["Name"]}, "Allow"),
        ("ec2:CreateTags", INSTANCE, {**OWNED, "aws:RequestTag/eks:eks-cluster-name": "other"}, "no"),
        ("ec2:DescribeInstances", "*", {"aws:RequestedRegion": REGION}, "Allow"),
        ("ec2:DescribeInstances", "*", {"aws:RequestedRegion": "us-east-1"}, "no"),
        ("iam:PassRole", NODE, {"iam:PassedToService": "ec2.amazonaws.com"}, "Allow"),
        ("iam:PassRole", NODE, {"iam:PassedToService": "lambda.amazonaws.com"}, "no"),
        ("iam:PassRole", f"{NODE}2", {"iam:PassedToService": "ec2.amazonaws.com"}, "no"),
        ("iam:ListInstanceProfiles", f"arn:aws:iam::{ACCOUNT}:instance-profile/a", {}, "Allow"),
        ("iam:CreateRole", NODE, {}, "no"),
        ("sqs:ReceiveMessage", QUEUE, {}, "Allow"),
        ("sqs:ReceiveMessage", f"{QUEUE}2", {}, "no"),
        ("eks:DescribeCluster", f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/ml", {}, "Allow"),
        ("eks:DescribeCluster", f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/other", {}, "no"),
        ("kms:CreateGrant", KEY, {"kms:GrantIsForAWSResource": "true"}, "Allow"),
        ("kms:CreateGrant", KEY, {"kms:GrantIsForAWSResource": "false"}, "no"),
    ],
)
def test_the_controller_works_on_its_own_clusters_nodes_only(
    rights: list[dict[str, Any]], action: str, resource: str, context: dict[str, str], answer: str
) -> None:
    assert decide(rights, action, resource, context=context) == answer


def test_each_policy_fits_into_one(recorder: Recorder, run: Run) -> None:
    run(access)
    policies = {one.name.removeprefix("gpu-controller-"): one.inputs["policy"] for one in recorder.of("Policy")}
    assert set(policies) == set(POLICIES)
    # 6,144 characters without white space: IAM quotas.
    assert max(len(json.dumps(json.loads(text), separators=(",", ":"))) for text in policies.values()) < 6144


def test_the_controllers_pods_get_credentials_once_it_has_its_rights(recorder: Recorder, run: Run) -> None:
    run(access)
    (association,) = recorder.of("PodIdentityAssociation")
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == ("kube-system", "karpenter")
    assert {f"RolePolicyAttachment gpu-controller-{part}" for part in POLICIES} <= association.depends


def test_five_kinds_of_events_reach_the_queue(recorder: Recorder, run: Run) -> None:
    run(access)
    kinds = {json.loads(one.inputs["eventPattern"])["detail-type"][0] for one in recorder.of("EventRule")}
    assert kinds == {
        "AWS Health Event",
        "EC2 Capacity Reservation Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "EC2 Spot Instance Interruption Warning",
    }
    queue = recorder.inputs("Queue", "gpu-interruptions")
    assert (queue["messageRetentionSeconds"], queue["kmsMasterKeyId"]) == (300, KEY)
    for target in recorder.of("EventTarget"):
        assert "QueuePolicy gpu-interruptions" in target.depends


@pytest.mark.parametrize(
    ("caller", "context", "answer"),
    [
        ("events.amazonaws.com", {"aws:SourceAccount": ACCOUNT}, "Allow"),
        ("events.amazonaws.com", {"aws:SourceAccount": "210987654321"}, "no"),
        ("sns.amazonaws.com", {"aws:SourceAccount": ACCOUNT}, "no"),
        # Karpenter's own template lets it in as well, though nothing of SQS sends here.
        ("sqs.amazonaws.com", {"aws:SourceAccount": ACCOUNT}, "no"),
    ],
)
def test_the_queue_takes_events_of_this_account_only(caller: str, context: dict[str, str], answer: str) -> None:
    allow, deny = queue_policy(QUEUE, ACCOUNT)
    assert decide([allow], "sqs:SendMessage", QUEUE, caller, context) == answer
    assert decide([deny], "sqs:SendMessage", QUEUE, caller, {"aws:SecureTransport": "false"}) == "Deny"


def test_nodes_join_by_their_role(recorder: Recorder, run: Run) -> None:
    outputs = run(access)
    entry = recorder.inputs("AccessEntry", "gpu-node")
    assert (entry["type"], entry["principalArn"]) == ("EC2_LINUX", outputs["node_role_arn"])
    policies = {
        one.inputs["policyArn"].rpartition("/")[2]
        for one in recorder.of("RolePolicyAttachment")
        if "node-A" in one.name
    }
    assert policies == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEKS_CNI_Policy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonSSMManagedInstanceCore",
    }


@pytest.mark.parametrize("create", [True, False])
def test_the_role_that_an_account_has_one_of_is_made_only_if_asked_for(
    recorder: Recorder, run: Run, create: bool
) -> None:
    run(lambda: access(create_spot_service_role=create))
    assert [one.inputs["awsServiceName"] for one in recorder.of("ServiceLinkedRole")] == ["spot.amazonaws.com"] * create


def test_a_managed_group_of_spot_nodes_is_the_alternative(recorder: Recorder, run: Run) -> None:
    assert run(access)["node_group_name"] is None
    outputs = run(lambda: access(managed_spot=SPOT))
    nodes = recorder.inputs("NodeGroup", "gpu-spot")
    assert outputs["node_group_name"]
    assert (nodes["capacityType"], nodes["amiType"]) == ("SPOT", "AL2023_x86_64_NVIDIA")
    assert nodes["taints"] == [{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}]
    assert nodes["scalingConfig"] == {"minSize": 0, "desiredSize": 0, "maxSize": 4}
    assert recorder.inputs("LaunchTemplate", "gpu-spot")["metadataOptions"]["httpTokens"] == "required"


def test_a_managed_group_of_one_instance_type_is_refused(run: Run) -> None:
    with pytest.raises(ValueError, match=r"managed_spot\.instance_types has 1; allowed: two"):
        run(lambda: access(managed_spot={**SPOT, "instance_types": ["g5.xlarge"]}))
