"""Encrypted volumes, and the roles of instances."""

from sandbox.aws.contract.row import Call, Row
from sandbox.aws.contract.rows._parts import DATA_KEYS, GUIDE, RE_ENCRYPT, VIA, assume, via

_KEY = "{blockDeviceMappings.*.ebs.kmsKeyId}"
_USE = ("kms:Encrypt", "kms:Decrypt", *RE_ENCRYPT, *DATA_KEYS, "kms:DescribeKey")
_EC2 = f"{GUIDE}/AWSEC2/latest/UserGuide"


def _launches(service: str, role: str) -> tuple[Call, ...]:
    """What a service needs that launches instances by its own role."""
    who = f"linked arn:{{partition}}:iam::{{account}}:role/aws-service-role/{service}.amazonaws.com/{role}"
    limits = (("aws:PrincipalArn",),)
    grant = {"kms:GrantIsForAWSResource": "true"}
    return (
        Call(who, _USE, _KEY, limits=limits),
        Call(who, ("kms:CreateGrant",), _KEY, grant, (*limits, ("kms:GrantIsForAWSResource",))),
    )


ROWS = (
    Row(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "RunInstances",
        via("ec2", key=_KEY, actions=("kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext", *RE_ENCRYPT), grant=True),
        (f"{GUIDE}/ebs/latest/userguide/ebs-encryption-requirements.html#ebs-encryption-permissions", *VIA),
        "Client.InvalidKMSKey.InvalidState",
    ),
    Row(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "CreateAutoScalingGroup",
        _launches("autoscaling", "AWSServiceRoleForAutoScaling"),
        (f"{GUIDE}/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html",),
        "Client.InternalError: Client error on launch",
    ),
    Row(
        "aws:ec2/launchTemplate:LaunchTemplate",
        "RequestSpotInstances",
        _launches("spot", "AWSServiceRoleForEC2Spot"),
        (f"{_EC2}/service-linked-roles-spot-instance-requests.html#spot-instance-service-linked-roles-access-to-cmks",),
        advice=True,
    ),
    Row(
        "aws:eks/cluster:Cluster",
        "CreateCluster",
        (assume("eks", "{roleArn}"),),
        (f"{GUIDE}/eks/latest/userguide/cluster-iam-role.html",),
        "InvalidParameterException: The role cannot be assumed by EKS",
    ),
    Row(
        "aws:eks/nodeGroup:NodeGroup",
        "CreateNodegroup",
        (assume("ec2", "{nodeRoleArn}"),),
        (f"{GUIDE}/eks/latest/userguide/create-node-role.html",),
        "InvalidParameterException: The role cannot be assumed by EC2",
    ),
    Row(
        "aws:eks/accessEntry:AccessEntry",
        "CreateAccessEntry",
        (assume("ec2", "{principalArn}", when="{type|is:EC2_LINUX}"),),
        (
            f"{GUIDE}/eks/latest/userguide/creating-access-entries.html",
            f"{GUIDE}/eks/latest/userguide/create-node-role.html",
        ),
    ),
    Row(
        "aws:iam/instanceProfile:InstanceProfile",
        "RunInstances",
        (assume("ec2", "{role|role}"),),
        (f"{_EC2}/iam-roles-for-amazon-ec2.html",),
    ),
)
