"""NET-07: network ACLs keep the ports of administration closed, whatever security groups allow."""

from policies._controls import cis_4, nist
from policies._joins import members
from policies._rule import Rule
from policies._verdict import Verdict, at, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.network._acls import ACL_RULE, FAMILIES, acl_rules, judge_port
from policies.profiles import Severity

PORTS = {22: "SSH", 3389: "RDP"}
_PROTOCOLS = ("6", "17")
"""TCP and UDP, by number."""


def _check(acl: Resource, stack: Stack) -> Verdict:
    apart = members(acl, stack, (ACL_RULE,), by="networkAclId")
    if apart is None:
        return unknown("the ACL of every NetworkAclRule")
    if acl.get("ingress") is UNKNOWN:
        return unknown(at(acl, "ingress"))
    rules = acl_rules(acl, apart)
    return worst(
        judge_port(rules, protocol, port, family) for port in PORTS for protocol in _PROTOCOLS for family in FAMILIES
    )


RULE = Rule(
    id="NET-07",
    name="administration-from-everywhere",
    title="No network ACL allows the whole internet to reach the ports of SSH and RDP.",
    why="A security group that is opened by hand for an hour is often open for years. The ACL of the subnet still "
    "refuses what comes to port 22 or 3389; AWS's own default ACL allows all traffic.",
    instead="Allow the VPC, HTTPS where the subnet is public, and the ephemeral ports 1024 to 65535 without 3389 for "
    "answers from the internet, as `Network` does. Adopt the default ACL with a `DefaultNetworkAcl` without `ingress`.",
    severity=Severity.MEDIUM,
    types=("aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"),
    controls=(*cis_4("5.2"), *nist("SC-7(5)")),
    check=_check,
    good="""
vpc = aws.ec2.Vpc("ml", cidr_block="10.0.0.0/16")
answers = {"action": "allow", "cidr_block": "0.0.0.0/0", "protocol": "6"}
aws.ec2.NetworkAcl(
    "private",
    vpc_id=vpc.id,
    ingress=[
        {**answers, "rule_no": 100, "from_port": 1024, "to_port": 3388},
        {**answers, "rule_no": 110, "from_port": 3390, "to_port": 65535},
    ],
)
""",
    bad="""
vpc = aws.ec2.Vpc("ml", cidr_block="10.0.0.0/16")
everything = {"action": "allow", "cidr_block": "0.0.0.0/0", "protocol": "-1", "from_port": 0, "to_port": 0}
aws.ec2.NetworkAcl("private", vpc_id=vpc.id, ingress=[{**everything, "rule_no": 100}])
""",
    joins=True,
)
