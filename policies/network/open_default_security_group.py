"""NET-02: the security group that everything gets which names none lets nothing through."""

from policies._controls import cis_4, cis_7, nist
from policies._joins import members
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_DEFAULT = ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",)


def _check(vpc: Resource, stack: Stack) -> Verdict:
    found = members(vpc, stack, _DEFAULT, by="vpcId")
    if found is None:
        return unknown("the VPC of every DefaultSecurityGroup")
    if not found:
        return fail(f"no DefaultSecurityGroup adopts that of {vpc.name}")
    return worst(_empty(group, path) for group in found for path in ("ingress", "egress"))


def _empty(group: Resource, path: str) -> Verdict:
    rules = group.get(path)
    if rules is UNKNOWN:
        return unknown(at(group, path))
    # Pulumi takes away all rules that the resource does not name.
    return PASS if rules is ABSENT or rules == [] else fail(f"{at(group, path)} must have no rules", path)


RULE = Rule(
    id="NET-02",
    name="open-default-security-group",
    title="The default security group of a VPC has no rules.",
    why="AWS gives it to whatever names no group, and lets all its members reach each other and the internet: a "
    "forgotten argument becomes an open network.",
    instead="Adopt it with a `DefaultSecurityGroup` without `ingress` and `egress`, as `Network` does.",
    severity=Severity.MEDIUM,
    types=("aws:ec2/vpc:Vpc",),
    controls=(*cis_4("5.5"), *cis_7("6.5"), *nist("SC-7(5)")),
    check=_check,
    good="""
vpc = aws.ec2.Vpc("ml", cidr_block="10.0.0.0/16")
aws.ec2.DefaultSecurityGroup("ml", vpc_id=vpc.id, ingress=[], egress=[])
""",
    bad="""
vpc = aws.ec2.Vpc("ml", cidr_block="10.0.0.0/16")
everything = {"from_port": 0, "to_port": 0, "protocol": "-1", "self": True}
aws.ec2.DefaultSecurityGroup("ml", vpc_id=vpc.id, ingress=[everything])
""",
    joins=True,
)
