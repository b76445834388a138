"""Routes of subnets, and network ACLs on the way there and back.

Sources: Amazon VPC User Guide, "Configure route tables", "NAT gateways" and "Control subnet traffic with network access
control lists", https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html,
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html and
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from access.reach.plan import Plan, Resource
from access.reach.ways import ANYWHERE, Way
from access.reach.workloads import SUBNET, Workload

ROUTE, TABLE = "aws:ec2/route:Route", "aws:ec2/routeTable:RouteTable"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
NAT, ACL = "aws:ec2/natGateway:NatGateway", "aws:ec2/networkAcl:NetworkAcl"
Ports = tuple[int, int]
CLIENT: tuple[Ports, ...] = ((32768, 60999),)
"""Ports that Linux sends requests from, and answers come back to."""
GATEWAY: tuple[Ports, ...] = ((1024, 3388), (3390, 65535))
"""Ports of a NAT gateway, without the one that AWS Config refuses to see open (`nacl-no-unrestricted-ssh-rdp`)."""


@dataclass(frozen=True)
class Answer:
    """Whether a step lets traffic pass.

    Attributes:
        passes: Whether it does.
        by: What decides.
        why: A clause.
        fix: What to change, if it does not.
    """

    passes: bool
    by: str
    why: str
    fix: str = ""


def routed(plan: Plan, workload: Workload, way: Way) -> Answer:
    """Whether every subnet of a workload has a route.

    Raises:
        NotKnownError: A value that decides is known only after the update.
    """
    if not workload.subnets:
        return Answer(False, workload.name, "no subnet of the plan is its", "give its cluster or environment subnets")
    if way.inside:
        return Answer(True, "local route", "it stays in the VPC")
    answers = [_from(plan, subnet, way) for subnet in workload.subnets]
    return next((one for one in answers if not one.passes), answers[0])


def _from(plan: Plan, subnet: str, way: Way) -> Answer:
    table = _table(plan, subnet)
    where = f"subnet {_name(plan, subnet)}"
    fix = "add a route to a NAT gateway, or an endpoint for the service"
    if table is None:
        return Answer(False, where, "it has no route table", "associate it with a route table")
    if way.endpoint is not None and table in way.endpoint.all("routeTableIds"):
        return Answer(True, way.endpoint.title, f"{where} has its route")
    gateway = _default(plan, table)
    if gateway is None:
        return Answer(False, where, "its route table has no route to the internet", fix)
    route, target = gateway
    nat = plan.first(NAT, "id", target)
    if nat is None:
        return Answer(
            False, route, "it goes to no NAT gateway of the plan, and the workload has no public address", fix
        )
    public = _table(plan, nat.get("subnetId"))
    out = _default(plan, public) if public else None
    if out is None or not plan.where("aws:ec2/internetGateway:InternetGateway", "id", out[1]):
        return Answer(False, nat.title, "its subnet has no route to an internet gateway", "add a route to one")
    return Answer(True, nat.title, f"{where} goes to the internet through it")


def _table(plan: Plan, subnet: str) -> str | None:
    found = plan.first(ASSOCIATION, "subnetId", subnet)
    return found.get("routeTableId") if found else None


def _default(plan: Plan, table: str) -> tuple[str, str] | None:
    """Name and target of a table's route to everywhere."""
    for one in plan.where(ROUTE, "routeTableId", table):
        if one.get("destinationCidrBlock") == ANYWHERE:
            return one.title, one.get("natGatewayId") or one.get("gatewayId")
    own = plan.first(TABLE, "id", table)
    for one in own.all("routes") if own else ():
        if one.get("cidrBlock") == ANYWHERE:
            return own.title if own else table, one.get("natGatewayId") or one.get("gatewayId")
    return None


def _name(plan: Plan, subnet: str) -> str:
    found = plan.first(SUBNET, "id", subnet)
    return found.name if found else subnet


@dataclass(frozen=True)
class _Leg:
    """What a network ACL must let pass."""

    subnet: str
    direction: str
    network: str
    ports: tuple[Ports, ...]


def listed(plan: Plan, workload: Workload, way: Way) -> Answer:
    """Whether the network ACLs let a request pass, and its answer, which they do not remember.

    Raises:
        NotKnownError: A value that decides is known only after the update.
    """
    for leg in _legs(plan, workload, way):
        acl = _acl(plan, leg.subnet)
        rules = acl.all(leg.direction) if acl else [_EVERYTHING]
        if acl and not all(_lets(rules, leg.network, ports) for ports in leg.ports):
            ports = ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in leg.ports)
            verb = "to" if leg.direction == "egress" else "from"
            why = f"no {leg.direction} rule of {_name(plan, leg.subnet)} allows TCP {ports} {verb} {leg.network}"
            return Answer(False, acl.title, why, "add the rule")
    acl = _acl(plan, workload.subnets[0])
    return Answer(True, acl.title if acl else "default network ACL", "requests and answers pass")


_EVERYTHING = {"protocol": "-1", "action": "allow", "cidrBlock": ANYWHERE, "ruleNo": 1}


def _legs(plan: Plan, workload: Workload, way: Way) -> Iterator[_Leg]:
    port = ((way.port, way.port),)
    for subnet in workload.subnets:
        for network in way.networks:
            yield _Leg(subnet, "egress", network, port)
            yield _Leg(subnet, "ingress", network, CLIENT)
        here = plan.first(SUBNET, "id", subnet)
        own = here.get("cidrBlock") if here else ANYWHERE
        for other in way.subnets:
            yield _Leg(other, "ingress", own, port)
            yield _Leg(other, "egress", own, CLIENT)
        for nat in _nats(plan, subnet, way):
            yield _Leg(nat, "ingress", own, port)
            yield _Leg(nat, "egress", ANYWHERE, port)
            yield _Leg(nat, "ingress", ANYWHERE, GATEWAY)
            yield _Leg(nat, "egress", own, CLIENT)


def _nats(plan: Plan, subnet: str, way: Way) -> Iterator[str]:
    """The subnet of the NAT gateway that a subnet's requests go through, if they do."""
    table = _table(plan, subnet)
    if way.inside or table is None or (way.endpoint is not None and table in way.endpoint.all("routeTableIds")):
        return
    if (found := _default(plan, table)) and (nat := plan.first(NAT, "id", found[1])):
        yield nat.get("subnetId")


def _acl(plan: Plan, subnet: str) -> Resource | None:
    return plan.first(ACL, "subnetIds", subnet) or next(plan.of("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"), None)


def _lets(rules: Sequence[Mapping[str, Any]], network: str, ports: Ports) -> bool:
    """Whether rules, the lowest number first, allow TCP from or to a whole network on all of some ports."""
    wanted, left = ipaddress.ip_network(network), [ports]
    for rule in sorted(rules, key=lambda one: int(one["ruleNo"])):
        block = ipaddress.ip_network(rule.get("cidrBlock") or "::/0", strict=False)
        if str(rule["protocol"]) not in ("-1", "6", "tcp", "all") or not block.overlaps(wanted):
            continue
        whole = str(rule["protocol"]) in ("-1", "all")
        first, last = (0, 65535) if whole else (int(rule["fromPort"]), int(rule["toPort"]))
        hit = [one for one in left if one[0] <= last and first <= one[1]]
        if hit and str(rule["action"]).lower() == "deny":
            return False
        if wanted.subnet_of(block):  # pyright: ignore[reportArgumentType]
            left = [rest for one in left for rest in _minus(one, (first, last))]
    return not left


def _minus(whole: Ports, part: Ports) -> list[Ports]:
    """What is left of some ports without others."""
    rests = [(whole[0], min(whole[1], part[0] - 1)), (max(whole[0], part[1] + 1), whole[1])]
    return [one for one in rests if one[0] <= one[1]]
