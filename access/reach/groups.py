"""Security groups on both ends of a request; they remember it, so its answer always comes back.

Sources: Amazon VPC User Guide, "Control traffic to your AWS resources using security groups",
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html; EKS User Guide, "View Amazon EKS security
group requirements for clusters", https://docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html
"""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from access.reach.plan import Plan
from access.reach.routes import Answer
from access.reach.ways import ANYWHERE, Way
from access.reach.workloads import SUBNET, Workload

GROUP = "aws:ec2/securityGroup:SecurityGroup"
_SINGLE = {
    "ingress": "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "egress": "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
}
_OLD = "aws:ec2/securityGroupRule:SecurityGroupRule"


@dataclass(frozen=True)
class _Rule:
    protocol: str
    first: int
    last: int
    networks: tuple[str, ...]
    groups: tuple[str, ...]


def grouped(plan: Plan, workload: Workload, way: Way) -> Answer:
    """Whether the workload's groups let a request out, and those of what it goes to let it in.

    Raises:
        NotKnownError: A value that decides is known only after the update.
    """
    out = [rule for group in workload.groups for rule in _rules(plan, group, "egress")]
    names = ", ".join(_title(plan, group) for group in workload.groups)
    if not _all(out, way.networks, way.groups, way.port):
        why = f"no egress rule allows {way.there}"
        return Answer(False, names or workload.name, why, "add the egress rule")
    if not way.groups:
        return Answer(True, names, f"it may send to TCP {way.port}")
    subnets = (plan.first(SUBNET, "id", one) for one in workload.subnets)
    sources = tuple(one.get("cidrBlock") for one in subnets if one)
    into = [rule for group in way.groups for rule in _rules(plan, group, "ingress")]
    there = ", ".join(_title(plan, group) for group in way.groups)
    if not _all(into, sources, workload.groups, way.port):
        why = f"no ingress rule allows TCP {way.port} from {workload.name}"
        return Answer(False, there, why, f"allow TCP {way.port} from {', '.join(sources)} or from {names}")
    return Answer(True, there, f"it lets TCP {way.port} in")


def _all(rules: Sequence[_Rule], networks: Sequence[str], groups: Sequence[str], port: int) -> bool:
    """Whether rules allow a port for every network, or for one of the groups."""
    fitting = [one for one in rules if one.protocol in ("-1", "tcp", "6") and one.first <= port <= one.last]
    if any(set(one.groups) & set(groups) for one in fitting):
        return True
    blocks = [ipaddress.ip_network(block, strict=False) for one in fitting for block in one.networks]
    wanted = [ipaddress.ip_network(one) for one in networks]
    return bool(wanted) and all(
        any(one.subnet_of(block) for block in blocks)  # pyright: ignore[reportArgumentType]
        for one in wanted
    )


def _rules(plan: Plan, group: str, direction: str) -> Iterator[_Rule]:
    own = plan.first(GROUP, "id", group)
    if own is None:
        # EKS makes the group of a cluster: from itself, and to everywhere.
        everywhere = (ANYWHERE,) if direction == "egress" else ()
        yield _Rule("-1", 0, 65535, everywhere, (group,))
    for one in own.all(direction) if own else ():
        groups = (*(one.get("securityGroups") or ()), *([group] if one.get("self") else ()))
        yield _rule(one.get("protocol"), one, tuple(one.get("cidrBlocks") or ()), groups)
    for one in plan.where(_SINGLE[direction], "securityGroupId", group):
        network, other = one.get("cidrIpv4"), one.get("referencedSecurityGroupId")
        yield _rule(one.get("ipProtocol"), one, (network,) if network else (), (other,) if other else ())
    for one in plan.where(_OLD, "securityGroupId", group):
        if one.get("type") == direction:
            other = one.get("sourceSecurityGroupId")
            yield _rule(one.get("protocol"), one, tuple(one.all("cidrBlocks")), (other,) if other else ())


def _rule(protocol: object, ports: object, networks: tuple[str, ...], groups: tuple[str, ...]) -> _Rule:
    first, last = (int(ports.get(name) or 0) for name in ("fromPort", "toPort"))  # pyright: ignore
    every = str(protocol) in ("-1", "all")
    return _Rule(str(protocol), 0 if every else first, 65535 if every else last, networks, groups)


def _title(plan: Plan, group: str) -> str:
    found = plan.first(GROUP, "id", group)
    return found.title if found else f"cluster security group {group}"
