"""The six policies of Karpenter's controller and the policy of its interruption queue, as plain data.

Source: Karpenter 1.14, getting started, CloudFormation reference. Actions on instances are limited to those that carry
the cluster's tags; only reading the catalogue of EC2 knows no resources, and is limited to the region.
"""

from collections.abc import Mapping

from components import _documents as documents

EVENTS = {
    "health": ("aws.health", "AWS Health Event"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
}
"""Name of a rule to the source and type of the events that it sends to the queue."""
_NODE_PARTS = ("fleet", "instance", "launch-template", "network-interface", "spot-instances-request", "volume")
_DESCRIBES = (
    "CapacityReservations",
    "Images",
    "Instances",
    "InstanceStatus",
    "InstanceTypeOfferings",
    "InstanceTypes",
    "LaunchTemplates",
    "PlacementGroups",
    "SecurityGroups",
    "SpotPriceHistory",
    "Subnets",
)


def controller_policies(
    caller: Mapping[str, str], cluster: str, node_role_arn: str, queue_arn: str, key_arn: str
) -> dict[str, list[documents.Statement]]:
    """Name of each policy to its statements."""
    return {
        "node-lifecycle": _node_lifecycle(caller, cluster, key_arn),
        "iam-integration": _iam_integration(caller, cluster, node_role_arn),
        "eks-integration": [documents.allow(["eks:DescribeCluster"], [_cluster_arn(caller, cluster)])],
        "interruption": [documents.allow(["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"], [queue_arn])],
        "zonal-shift": [documents.allow(["arc-zonal-shift:GetManagedResource"], [_cluster_arn(caller, cluster)])],
        "resource-discovery": _resource_discovery(caller),
    }


def queue_policy(queue_arn: str, account: str) -> list[documents.Statement]:
    """Let EventBridge of this account send, and nobody without TLS."""
    return [
        {
            "Sid": "SendByEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
        documents.deny_plain("sqs:*", queue_arn),
    ]


def _node_lifecycle(caller: Mapping[str, str], cluster: str, key_arn: str) -> list[documents.Statement]:
    region = caller["region"]
    ec2 = f"arn:{caller['partition']}:ec2:{region}:{caller['account']}"
    images = [f"arn:{caller['partition']}:ec2:{region}::{kind}/*" for kind in ("image", "snapshot")]
    given = [f"{ec2}:{kind}/*" for kind in ("capacity-reservation", "placement-group", "security-group", "subnet")]
    made = [f"{ec2}:{part}/*" for part in _NODE_PARTS]
    launch = ["ec2:CreateFleet", "ec2:RunInstances"]
    asked, owned = _tags("aws:RequestTag", cluster), _tags("aws:ResourceTag", cluster)
    create = {"ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]}
    renamed = {"aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]}
    joined = {"aws:RequestTag/eks:eks-cluster-name": cluster}
    return [
        documents.allow(launch, [*images, *given]),
        documents.allow(launch, [f"{ec2}:launch-template/*"], **owned),
        documents.allow([*launch, "ec2:CreateLaunchTemplate"], made, **asked),
        documents.allow(["ec2:CreateTags"], made, **_merged(asked, StringEquals=create)),
        documents.allow(
            ["ec2:CreateTags"],
            [f"{ec2}:instance/*"],
            **{**owned, "StringEqualsIfExists": joined, "ForAllValues:StringEquals": renamed},
        ),
        documents.allow(
            ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"],
            [f"{ec2}:instance/*", f"{ec2}:launch-template/*"],
            **owned,
        ),
        # Volumes are encrypted by EC2 with a grant on the key.
        documents.allow(["kms:CreateGrant"], [key_arn], Bool={"kms:GrantIsForAWSResource": "true"}),
        documents.allow(
            ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"], [key_arn]
        ),
    ]


def _iam_integration(caller: Mapping[str, str], cluster: str, node_role_arn: str) -> list[documents.Statement]:
    profiles = [f"arn:{caller['partition']}:iam::{caller['account']}:instance-profile/*"]
    here = {"topology.kubernetes.io/region": caller["region"]}
    asked, owned = _owned("aws:RequestTag", cluster, here), _owned("aws:ResourceTag", cluster, here)
    return [
        documents.allow(["iam:PassRole"], [node_role_arn], StringEquals={"iam:PassedToService": "ec2.amazonaws.com"}),
        documents.allow(["iam:CreateInstanceProfile"], profiles, **asked),
        documents.allow(["iam:TagInstanceProfile"], profiles, **_merged(asked, **owned)),
        documents.allow(
            ["iam:AddRoleToInstanceProfile", "iam:DeleteInstanceProfile", "iam:RemoveRoleFromInstanceProfile"],
            profiles,
            **owned,
        ),
        # Without these a node class is never deleted.
        documents.allow(["iam:GetInstanceProfile", "iam:ListInstanceProfiles"], profiles),
    ]


def _resource_discovery(caller: Mapping[str, str]) -> list[documents.Statement]:
    region = caller["region"]
    parameters = f"arn:{caller['partition']}:ssm:{region}::parameter/aws/service/*"
    return [
        # EC2 and the price list describe their catalogues without resources.
        documents.allow(
            [f"ec2:Describe{what}" for what in _DESCRIBES], ["*"], StringEquals={"aws:RequestedRegion": region}
        ),
        documents.allow(["pricing:GetProducts"], ["*"]),
        documents.allow(["ssm:GetParameter"], [parameters]),
    ]


def _tags(where: str, cluster: str) -> dict[str, dict[str, str]]:
    equal = {f"{where}/kubernetes.io/cluster/{cluster}": "owned"}
    if where == "aws:RequestTag":
        equal[f"{where}/eks:eks-cluster-name"] = cluster
    return {"StringEquals": equal, "StringLike": {f"{where}/karpenter.sh/nodepool": "*"}}


def _owned(where: str, cluster: str, more: Mapping[str, str]) -> dict[str, dict[str, str]]:
    equal = {f"{where}/kubernetes.io/cluster/{cluster}": "owned", **{f"{where}/{key}": v for key, v in more.items()}}
    if where == "aws:RequestTag":
        equal[f"{where}/eks:eks-cluster-name"] = cluster
    return {"StringEquals": equal, "StringLike": {f"{where}/karpenter.k8s.aws/ec2nodeclass": "*"}}


def _merged(
    conditions: Mapping[str, Mapping[str, object]], **more: Mapping[str, object]
) -> dict[str, dict[str, object]]:
    return {key: {**conditions.get(key, {}), **more.get(key, {})} for key in {**conditions, **more}}


def _cluster_arn(caller: Mapping[str, str], cluster: str) -> str:
    return f"arn:{caller['partition']}:eks:{caller['region']}:{caller['account']}:cluster/{cluster}"
