"""What the cluster's own controllers may do in AWS, as plain data.

Source of the load balancer controller's actions: its IAM policy, version 3.5.0. That policy asks whether a resource
has the tag of some cluster; here it must have the tag of this one.
"""

from collections.abc import Mapping, Sequence

from components._documents import Statement, allow

_TAG = "elbv2.k8s.aws/cluster"
_ELB_SERVICE = "elasticloadbalancing.amazonaws.com"


def load_balancers(caller: Mapping[str, str], cluster: str) -> list[Statement]:
    """Everything of the load balancer controller: read all, change what carries the cluster's tag."""
    elb = f"arn:{caller['partition']}:elasticloadbalancing:{caller['region']}:{caller['account']}"
    groups = f"arn:{caller['partition']}:ec2:{caller['region']}:{caller['account']}:security-group/*"
    balancers = [f"{elb}:targetgroup/*/*", f"{elb}:loadbalancer/net/*/*", f"{elb}:loadbalancer/app/*/*"]
    parts = [f"{elb}:{part}" for kind in ("net", "app") for part in (f"listener/{kind}/*", f"listener-rule/{kind}/*")]
    asked = {"StringEquals": {f"aws:RequestTag/{_TAG}": cluster}}
    owned = {"StringEquals": {f"aws:ResourceTag/{_TAG}": cluster}}
    # Tags change on what is owned, and the tag itself never.
    kept = {**owned, "Null": {f"aws:RequestTag/{_TAG}": "true"}}
    service = {"StringEquals": {"iam:AWSServiceName": _ELB_SERVICE}}
    linked = f"arn:{caller['partition']}:iam::{caller['account']}:role/aws-service-role/{_ELB_SERVICE}/*"
    made = {"StringEquals": {**asked["StringEquals"], "ec2:CreateAction": "CreateSecurityGroup"}}
    added = {
        "StringEquals": {
            **asked["StringEquals"],
            "elasticloadbalancing:CreateAction": ["CreateTargetGroup", "CreateLoadBalancer"],
        }
    }
    return [
        allow(["iam:CreateServiceLinkedRole"], linked, **service),
        # Catalogues and associations know no resources.
        allow([*_of("ec2", _EC2_READS), *_of("elasticloadbalancing", _ELB_READS)], "*"),
        allow(_ASSOCIATES, "*"),
        allow(["ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup", "ec2:RevokeSecurityGroupIngress"], "*"),
        allow(["ec2:CreateTags"], groups, **made),
        allow(["ec2:CreateTags", "ec2:DeleteTags"], groups, **kept),
        allow(["ec2:DeleteSecurityGroup"], "*", **owned),
        allow(_of("elasticloadbalancing", ("CreateLoadBalancer", "CreateTargetGroup")), "*", **asked),
        allow(_of("elasticloadbalancing", _LISTENERS), "*"),
        allow(_of("elasticloadbalancing", ("AddTags", "RemoveTags")), balancers, **kept),
        allow(_of("elasticloadbalancing", ("AddTags", "RemoveTags")), parts),
        allow(_of("elasticloadbalancing", _CHANGES), "*", **owned),
        allow(["elasticloadbalancing:AddTags"], balancers, **added),
        allow(_of("elasticloadbalancing", ("RegisterTargets", "DeregisterTargets")), balancers[0]),
    ]


def secrets(caller: Mapping[str, str], prefix: str, key_arn: str) -> list[Statement]:
    """Read the secrets whose names begin with `prefix`, and decrypt them on the way."""
    region = caller["region"]
    found = f"arn:{caller['partition']}:secretsmanager:{region}:{caller['account']}:secret:{prefix}*"
    reads = ("DescribeSecret", "GetResourcePolicy", "GetSecretValue", "ListSecretVersionIds")
    return [
        allow(_of("secretsmanager", reads), found),
        allow(["kms:Decrypt"], key_arn, StringEquals={"kms:ViaService": f"secretsmanager.{region}.amazonaws.com"}),
    ]


def target_groups() -> list[Statement]:
    """See load balancers and where they send; none of these actions knows a resource."""
    found = ("Listeners", "LoadBalancers", "Rules", "Tags", "TargetGroups", "TargetHealth")
    return [allow(_of("elasticloadbalancing", [f"Describe{what}" for what in found]), "*")]


def queue_lengths(queue_arns: Sequence[str]) -> list[Statement]:
    """See how long queues are."""
    return [allow(["sqs:GetQueueAttributes", "sqs:GetQueueUrl"], queue_arns)]


def _of(service: str, actions: Sequence[str]) -> list[str]:
    return [f"{service}:{action}" for action in actions]


_EC2_READS = (
    *(f"Describe{what}" for what in ("AccountAttributes", "Addresses", "AvailabilityZones", "CoipPools", "Instances")),
    *(f"Describe{what}" for what in ("InternetGateways", "IpamPools", "NetworkInterfaces", "RouteTables")),
    *(f"Describe{what}" for what in ("SecurityGroups", "Subnets", "Tags", "VpcPeeringConnections", "Vpcs")),
    "GetCoipPoolUsage",
    "GetSecurityGroupsForVpc",
)
_ELB_READS = (
    *(f"Describe{what}" for what in ("CapacityReservation", "ListenerAttributes", "ListenerCertificates", "Listeners")),
    *(f"Describe{what}" for what in ("LoadBalancerAttributes", "LoadBalancers", "Rules", "SSLPolicies", "Tags")),
    *(f"Describe{what}" for what in ("TargetGroupAttributes", "TargetGroups", "TargetHealth", "TrustStores")),
)
_WEB_ACL = ("AssociateWebACL", "DisassociateWebACL", "GetWebACL", "GetWebACLForResource")
_ASSOCIATES = [
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "cognito-idp:DescribeUserPoolClient",
    *_of("iam", ("GetServerCertificate", "ListServerCertificates")),
    *_of("shield", ("CreateProtection", "DeleteProtection", "DescribeProtection", "GetSubscriptionState")),
    *_of("waf-regional", _WEB_ACL),
    *_of("wafv2", _WEB_ACL),
]
_LISTENERS = (
    *(f"{verb}{what}" for verb in ("Create", "Delete", "Modify") for what in ("Listener", "Rule")),
    "AddListenerCertificates",
    "RemoveListenerCertificates",
    "SetRulePriorities",
    "SetWebAcl",
)
_CHANGES = (
    *(f"Modify{what}" for what in ("CapacityReservation", "IpPools", "ListenerAttributes", "LoadBalancerAttributes")),
    *("ModifyTargetGroup", "ModifyTargetGroupAttributes"),
    *("DeleteLoadBalancer", "DeleteTargetGroup", "SetIpAddressType", "SetSecurityGroups", "SetSubnets"),
)
