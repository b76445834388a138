"""What CodeBuild does as the role of a project, when it is created and when it runs a job."""

from sandbox.aws.contract.row import Call, Row
from sandbox.aws.contract.rows._parts import GUIDE, assume, sourced
from sandbox.values import Properties

_PROJECT = "aws:codebuild/project:Project"
_ROLE, _VPC_ID = "role {serviceRole}", "{vpcConfig.vpcId}"
_EC2 = "arn:{partition}:ec2:{region}:{account}"
_GROUP = "arn:{partition}:logs:{region}:{account}:log-group:{logsConfig.cloudwatchLogs.groupName}"
_GUIDE = f"{GUIDE}/codebuild/latest/userguide"
_SERVICE_ROLE = f"{_GUIDE}/setting-up-service-role.html"
_VPC = (
    f"{_GUIDE}/auth-and-access-control-iam-identity-based-access-control.html"
    "#customer-managed-policies-example-create-vpc-network-interface"
)


def _builds(values: Properties) -> tuple[Call, ...]:
    """What a build needs; CodeBuild picks one of the subnets for its network interface."""
    return (
        Call(_ROLE, ("logs:CreateLogStream", "logs:PutLogEvents"), f"{_GROUP}:log-stream:one"),
        Call(
            _ROLE,
            (
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
            ),
            f"{_EC2}:network-interface/one",
            when=_VPC_ID,
        ),
        *(_permission(subnet) for subnet in (values.get("vpcConfig") or {}).get("subnets", [])),
        Call(_ROLE, ("codeconnections:GetConnection", "codeconnections:GetConnectionToken"), "{source.auth.resource}"),
    )


def _permission(subnet: str) -> Call:
    sends = {"ec2:AuthorizedService": "codebuild.amazonaws.com", "ec2:Subnet": f"{_EC2}:subnet/{subnet}"}
    limits = tuple((key,) for key in sends)
    return Call(_ROLE, ("ec2:CreateNetworkInterfacePermission",), f"{_EC2}:network-interface/one", sends, limits)


ROWS = (
    Row(
        _PROJECT,
        "CreateProject",
        (
            assume(
                "codebuild",
                "{serviceRole}",
                sourced("arn:{partition}:codebuild:{region}:{account}:project/{name}"),
                ("aws:SourceAccount",),
                ("aws:SourceArn",),
            ),
            Call(
                _ROLE,
                ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"),
                f"{_EC2}:vpc/{_VPC_ID}",
                when=_VPC_ID,
            ),
        ),
        (_SERVICE_ROLE, _VPC),
        "InvalidInputException",
    ),
    Row(
        _PROJECT,
        "StartBuild",
        _builds,
        (_SERVICE_ROLE, _VPC, f"{_GUIDE}/connections-github-app.html"),
        late=True,
    ),
)
