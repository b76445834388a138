"""NET-01: no way in for everybody, but TLS where it is meant."""

from collections.abc import Iterator

from policies._controls import cis_4, cis_7, nist, soc_2
from policies._networks import EXPOSURE, PUBLIC, marked_public, require_own
from policies._rule import Rule
from policies._verdict import PASS, Outcome, Verdict, at, not_applicable, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_GROUP, _RULE = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.type == _RULE and resource.get("type") == "egress":
        return not_applicable("it is a way out")
    if resource.get("ingress") is UNKNOWN:
        return unknown(at(resource, "ingress"))
    return worst(_closed(resource, prefix, networks) for prefix, networks in _ways_in(resource))


def _ways_in(resource: Resource) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where each way in lies, and the properties there that say for whom."""
    if resource.type == _INGRESS:
        yield "", ("cidrIpv4", "cidrIpv6")
    elif resource.type == _RULE:
        yield "", ("cidrBlocks", "ipv6CidrBlocks")
    else:
        inline = resource.get("ingress")
        for index in range(len(inline) if isinstance(inline, list) else 0):
            yield f"ingress[{index}].", ("cidrBlocks", "ipv6CidrBlocks")


def _closed(resource: Resource, prefix: str, networks: tuple[str, ...]) -> Verdict:
    own = worst(require_own(resource, f"{prefix}{name}") for name in networks)
    if own.outcome is not Outcome.FAIL:
        return own
    ports = [resource.get(f"{prefix}{end}") for end in ("fromPort", "toPort")]
    public = marked_public(resource)
    if public is False or any(port not in (443, UNKNOWN) for port in ports):
        return own
    if public is None:
        return unknown(at(resource, "tags"))
    return unknown(at(resource, f"{prefix}fromPort")) if UNKNOWN in ports else PASS


RULE = Rule(
    id="NET-01",
    name="ingress-from-everywhere",
    title=f"No security group lets in the whole internet, except port 443 where a tag `{EXPOSURE}` says `{PUBLIC}`.",
    why="Whatever listens behind it is found within minutes, and its first flaw is everybody's; a notebook or a "
    "tracking server rarely asks for a password.",
    instead="Name the networks or security groups that need the way in. For a load balancer that is meant for "
    f"everybody open port 443 alone and set the tag `{EXPOSURE}: {PUBLIC}`.",
    severity=Severity.CRITICAL,
    types=(_GROUP, _RULE, _INGRESS),
    controls=(*cis_4("5.3", "5.4"), *cis_7("6.3", "6.4"), *nist("SC-7"), *soc_2("CC6.6")),
    check=_check,
    good="""
group = aws.ec2.SecurityGroup("tracking", vpc_id="vpc-1", description="Tracking server")
aws.vpc.SecurityGroupIngressRule(
    "tracking", security_group_id=group.id, ip_protocol="tcp", from_port=443, to_port=443, cidr_ipv4="10.0.0.0/16"
)
""",
    bad="""
group = aws.ec2.SecurityGroup("tracking", vpc_id="vpc-1", description="Tracking server")
aws.vpc.SecurityGroupIngressRule(
    "tracking", security_group_id=group.id, ip_protocol="tcp", from_port=5000, to_port=5000, cidr_ipv4="0.0.0.0/0"
)
""",
)
