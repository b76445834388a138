"""The VPC: three kinds of subnets, private ways to AWS, and a record of all traffic."""

import ipaddress
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components._component import Component, after
from components._endpoints import INTERFACE_ENDPOINTS, _Endpoints
from components._flow_logs import _FlowLogs
from components._network_acls import ANYWHERE, acl_ingress, acl_rule


class NatMode(StrEnum):
    """How private subnets reach the internet."""

    NONE = "none"
    """Not at all: AWS through endpoints only."""
    SINGLE = "single"
    """Through one gateway, whose zone is a point of failure."""
    PER_ZONE = "per-zone"
    """Through a gateway in each zone."""


_SUBNETS = ("private", "public", "isolated")


class NetworkArgs(TypedDict):
    """Inputs of Network."""

    cidr: str
    """IPv4 network of the VPC, /16 to /20. Half of it is private, a quarter public, a quarter isolated."""
    zones: Sequence[str]
    """Availability zones, two to four, for example `eu-central-1a`."""
    nat: NatMode
    """How private subnets reach the internet."""
    kms_key_arn: pulumi.Input[str]
    """Key of the flow logs; needs the service `logs`."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    interface_endpoints: NotRequired[Sequence[str]]
    """AWS services reached privately. Default: what the platform calls."""
    flow_log_days: NotRequired[int]
    """Days that CloudWatch Logs keeps the flow logs. Default 365."""
    flow_log_seconds: NotRequired[int]
    """Seconds, 60 or 600, whose traffic between two addresses is one record; each is charged by its size. Default
    600."""
    private_callers: NotRequired[Sequence[str]]
    """Up to 14 IPv4 networks besides the VPC's, such as those of a VPN, that reach private subnets by HTTPS. Default:
    none."""
    cluster_name: NotRequired[str]
    """EKS cluster whose nodes Karpenter may place in the private subnets. Default: none."""


class Network(Component):
    """A VPC with private, public and isolated subnets in each zone; nothing in it is public by default."""

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    vpc_cidr: pulumi.Output[str]
    """IPv4 network of the VPC."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Subnets of workloads, one a zone; known once they have their ways out, so those go last."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Subnets of load balancers and NAT gateways, one a zone."""
    isolated_subnet_ids: pulumi.Output[list[str]]
    """Subnets of databases, one a zone, without any way out."""
    endpoint_security_group_id: pulumi.Output[str]
    """Security group of the interface endpoints."""
    nat_addresses: pulumi.Output[list[str]]
    """Public addresses that private subnets are seen as."""
    flow_log_group_name: pulumi.Output[str]
    """Log group of the flow logs."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        zones, nat = list(args["zones"]), NatMode(str(args["nat"]))
        ranges = subnet_ranges(name, args["cidr"], len(zones))
        self._cidr, self._zones = args["cidr"], zones
        self._ways: list[pulumi.Resource] = []
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=args["cidr"],
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=self._named(name),
            opts=self._child(),
        )
        self._vpc_id = vpc.id
        # What AWS makes with every VPC and would let everything through, adopted and emptied.
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=self._named(f"{name}-default"),
            opts=self._child(),
        )
        aws.ec2.DefaultNetworkAcl(
            f"{name}-default",
            default_network_acl_id=vpc.default_network_acl_id,
            tags=self._named(f"{name}-default"),
            # New subnets are in it until they get one of their own, which would be a difference afterwards.
            opts=pulumi.ResourceOptions.merge(self._child(), pulumi.ResourceOptions(ignore_changes=["subnetIds"])),
        )
        aws.ec2.DefaultRouteTable(
            f"{name}-default",
            default_route_table_id=vpc.default_route_table_id,
            routes=[],
            tags=self._named(f"{name}-default"),
            opts=self._child(),
        )
        subnets = {kind: self._subnets(kind, ranges[kind], args.get("cluster_name")) for kind in _SUBNETS}
        self._acls(subnets, args.get("private_callers", []))
        gateway = aws.ec2.InternetGateway(name, vpc_id=vpc.id, tags=self._named(name), opts=self._child())
        public = self._routes("public", subnets["public"])
        out = aws.ec2.Route(
            f"{name}-public",
            route_table_id=public[0].id,
            destination_cidr_block=ANYWHERE,
            gateway_id=gateway.id,
            opts=self._child(),
        )
        private = self._routes("private", subnets["private"], each=True)
        addresses = self._nat(nat, subnets["public"], private, [gateway, out])
        isolated = self._routes("isolated", subnets["isolated"])
        tables = [table.id for table in (*private, *isolated)]
        endpoints = _Endpoints(
            f"{name}-endpoints",
            {
                "vpc_id": vpc.id,
                "cidr": args["cidr"],
                "route_table_ids": tables,
                "subnet_ids": [subnet.id for subnet in subnets["private"]],
                "services": list(args.get("interface_endpoints", INTERFACE_ENDPOINTS)),
                "tags": self._tags,
            },
            self._child(),
        )
        flow_logs = _FlowLogs(
            f"{name}-flow-logs",
            {
                "vpc_id": vpc.id,
                "log_group_name": f"/aws/vpc/{self._physical_name()}",
                "kms_key_arn": args["kms_key_arn"],
                "days": int(args.get("flow_log_days", 365)),
                "seconds": int(args.get("flow_log_seconds", 600)),
                "tags": self._tags,
            },
            self._child(),
        )
        ids = {kind: pulumi.Output.all(*[subnet.id for subnet in found]) for kind, found in subnets.items()}
        self._finish(
            vpc_id=vpc.id,
            vpc_cidr=vpc.cidr_block,
            private_subnet_ids=after(ids["private"], endpoints, *self._ways),
            public_subnet_ids=ids["public"],
            isolated_subnet_ids=ids["isolated"],
            endpoint_security_group_id=endpoints.group.id,
            nat_addresses=pulumi.Output.all(*addresses),
            flow_log_group_name=flow_logs.group.name,
        )

    def _named(self, name: str) -> dict[str, str]:
        return {**self._tags, "Name": name}

    def _subnets(self, kind: str, ranges: Sequence[str], cluster: str | None) -> "list[aws.ec2.Subnet]":
        roles = {
            "private": {
                "kubernetes.io/role/internal-elb": "1",
                **({"karpenter.sh/discovery": cluster} if cluster else {}),
            },
            "public": {"kubernetes.io/role/elb": "1"},
            "isolated": {},
        }
        return [
            aws.ec2.Subnet(
                name,
                vpc_id=self._vpc_id,
                availability_zone=zone,
                cidr_block=cidr,
                map_public_ip_on_launch=False,
                tags={**self._named(name), **roles[kind]},
                opts=self._child(),
            )
            for zone, cidr in zip(self._zones, ranges, strict=True)
            for name in [f"{self._name}-{kind}-{zone[-1]}"]
        ]

    def _routes(self, kind: str, subnets: "Sequence[aws.ec2.Subnet]", each: bool = False) -> "list[aws.ec2.RouteTable]":
        """One route table for all subnets, or one each."""
        names = [f"{self._name}-{kind}-{zone[-1]}" for zone in self._zones]
        tables = [
            aws.ec2.RouteTable(name, vpc_id=self._vpc_id, tags=self._named(name), opts=self._child())
            for name in (names if each else [f"{self._name}-{kind}"])
        ]
        for number, (name, subnet) in enumerate(zip(names, subnets, strict=True)):
            association = aws.ec2.RouteTableAssociation(
                name, route_table_id=tables[number if each else 0].id, subnet_id=subnet.id, opts=self._child()
            )
            self._ways += [association] if kind == "private" else []
        return tables

    def _nat(
        self,
        mode: NatMode,
        subnets: "Sequence[aws.ec2.Subnet]",
        tables: "Sequence[aws.ec2.RouteTable]",
        ways_out: Sequence[pulumi.Resource],
    ) -> list[pulumi.Output[str]]:
        count = {NatMode.NONE: 0, NatMode.SINGLE: 1, NatMode.PER_ZONE: len(subnets)}[mode]
        gateways, addresses = [], []
        for zone, subnet in list(zip(self._zones, subnets, strict=True))[:count]:
            name = f"{self._name}-{zone[-1]}"
            address = aws.ec2.Eip(name, domain="vpc", tags=self._named(name), opts=self._child(ways_out))
            gateways.append(
                aws.ec2.NatGateway(
                    name,
                    allocation_id=address.id,
                    subnet_id=subnet.id,
                    tags=self._named(name),
                    opts=self._child(ways_out),
                )
            )
            addresses.append(address.public_ip)
        for number, table in enumerate(tables if gateways else []):
            route = aws.ec2.Route(
                f"{self._name}-private-{self._zones[number][-1]}",
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                nat_gateway_id=gateways[number % len(gateways)].id,
                opts=self._child(),
            )
            self._ways.append(route)
        return addresses

    def _acls(self, subnets: "Mapping[str, Sequence[aws.ec2.Subnet]]", callers: Sequence[str]) -> None:
        """Network ACLs: what may enter and leave each kind of subnets, whatever their security groups allow."""
        for kind, found in subnets.items():
            everywhere = self._cidr if kind == "isolated" else ANYWHERE
            aws.ec2.NetworkAcl(
                f"{self._name}-{kind}",
                vpc_id=self._vpc_id,
                subnet_ids=[subnet.id for subnet in found],
                ingress=acl_ingress(kind, self._cidr, callers),
                egress=[acl_rule(100, everywhere)],
                tags=self._named(f"{self._name}-{kind}"),
                opts=self._child(),
            )


def subnet_ranges(name: str, cidr: str, zones: int) -> dict[str, list[str]]:
    """IPv4 networks of the subnets by kind, one a zone: half the VPC private, a quarter each public and isolated.

    Raises:
        ValueError: The network is no /16 to /20, or there are not two to four zones.

    """
    try:
        whole = ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f"Network {name!r}: cidr = {cidr!r}: {error}; allowed: a network of /16 to /20") from None
    if not 16 <= whole.prefixlen <= 20:
        raise ValueError(f"Network {name!r}: cidr = {cidr!r}; allowed: a network of /16 to /20")
    if not 2 <= zones <= 4:
        raise ValueError(f"Network {name!r}: zones has {zones}; allowed: two to four")
    private, rest = whole.subnets(1)
    public, isolated = rest.subnets(1)
    return {
        kind: [str(one) for one in list(part.subnets(2))[:zones]]
        for kind, part in (("private", private), ("public", public), ("isolated", isolated))
    }
