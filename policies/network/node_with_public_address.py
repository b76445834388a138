"""NET-05: no node has an address of its own on the internet."""

from collections.abc import Iterator

from policies._controls import nist, soc_2
from policies._nodes import LAUNCH_TEMPLATE, NODE_CLASS
from policies._rule import Admission, Rule, Target
from policies._verdict import PASS, Verdict, at, fail, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_PATHS = {
    "aws:ec2/subnet:Subnet": ("mapPublicIpOnLaunch",),
    "aws:ec2/instance:Instance": ("associatePublicIpAddress",),
    LAUNCH_TEMPLATE: ("networkInterfaces[].associatePublicIpAddress",),
    NODE_CLASS: ("spec.associatePublicIPAddress",),
}


def _check(resource: Resource, stack: Stack) -> Verdict:
    return worst(_off(resource, path) for path in _paths(resource))


def _paths(resource: Resource) -> Iterator[str]:
    for path in _PATHS[resource.type]:
        before, each, after = path.partition("[]")
        items = resource.get(before)
        if each and isinstance(items, list):
            yield from (f"{before}[{index}]{after}" for index in range(len(items)))
        else:
            yield before


def _off(resource: Resource, path: str) -> Verdict:
    value = resource.get(path)
    if value is UNKNOWN:
        return unknown(at(resource, path))
    # A launch template has it as text.
    return fail(f"{at(resource, path)} is true, must be false", path) if value in (True, "true") else PASS


RULE = Rule(
    id="NET-05",
    name="node-with-public-address",
    title="Neither subnets nor instances nor Karpenter give a node a public address.",
    why="One careless rule in a security group is all that then lies between a node and everybody; without a public "
    "address only a load balancer or a NAT gateway stands on the internet.",
    instead="Leave `mapPublicIpOnLaunch` and `associatePublicIpAddress` off, and set `associatePublicIPAddress` of the "
    "EC2NodeClass to false. `Network` gives private subnets their way out through NAT.",
    severity=Severity.HIGH,
    types=tuple(_PATHS),
    controls=(*nist("SC-7"), *soc_2("CC6.6")),
    check=_check,
    good="""
tags = [{"tags": {"karpenter.sh/discovery": "ml"}}]
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.k8s.aws/v1",
    kind="EC2NodeClass",
    metadata={"name": "training"},
    spec={
        "role": "node",
        "amiSelectorTerms": [{"alias": "al2023@v20261023"}],
        "subnetSelectorTerms": tags,
        "securityGroupSelectorTerms": tags,
        "associatePublicIPAddress": False,
    },
)
aws.ec2.Subnet("private", vpc_id="vpc-1", cidr_block="10.0.0.0/24", map_public_ip_on_launch=False)
""",
    bad="""
tags = [{"tags": {"karpenter.sh/discovery": "ml"}}]
k8s.apiextensions.CustomResource(
    "training",
    api_version="karpenter.k8s.aws/v1",
    kind="EC2NodeClass",
    metadata={"name": "training"},
    spec={
        "role": "node",
        "amiSelectorTerms": [{"alias": "al2023@v20261023"}],
        "subnetSelectorTerms": tags,
        "securityGroupSelectorTerms": tags,
        "associatePublicIPAddress": True,
    },
)
aws.ec2.Subnet("private", vpc_id="vpc-1", cidr_block="10.0.0.0/24", map_public_ip_on_launch=True)
""",
    admission=Admission(
        Target.NODE_CLASSES,
        {"!object.spec.?associatePublicIPAddress.orValue(false)": "spec.associatePublicIPAddress must be false"},
    ),
)
