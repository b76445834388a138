"""Routes, gateways and network ACLs of a VPC."""

from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing
from sandbox.aws.tables.network import TAG, TAGS, gone, in_default_vpc, made, of_vpc


def _empty_acl(client: Any, values: dict[str, Any]) -> None:
    (acl,) = client.describe_network_acls(NetworkAclIds=[values["id"]])["NetworkAcls"]
    for entry in acl["Entries"]:
        if entry["RuleNumber"] < 32767:  # the last one denies everything and stays
            client.delete_network_acl_entry(
                NetworkAclId=values["id"], RuleNumber=entry["RuleNumber"], Egress=entry["Egress"]
            )


def _fill_acl(client: Any, values: dict[str, Any]) -> None:
    for key, egress in (("ingress", False), ("egress", True)):
        for rule in values.get(key, []):
            icmp = {"IcmpTypeCode": {"Type": rule["icmpType"], "Code": rule["icmpCode"]}} if "icmpType" in rule else {}
            client.create_network_acl_entry(
                NetworkAclId=values["id"],
                RuleNumber=rule["ruleNo"],
                Protocol=rule["protocol"],
                RuleAction=rule["action"],
                CidrBlock=rule["cidrBlock"],
                PortRange={"From": rule["fromPort"], "To": rule["toPort"]},
                Egress=egress,
                **icmp,
            )
    _associate(client, values.get("subnetIds", []), values["id"])


def _release_acl(client: Any, values: dict[str, Any]) -> None:
    """Subnets go back to the default one, without which the ACL cannot go."""
    wanted = of_vpc("vpcId", "default", "true")["Filters"](values)
    for default in client.describe_network_acls(Filters=wanted)["NetworkAcls"]:  # none where the VPC is gone
        _associate(client, values.get("subnetIds", []), default["NetworkAclId"])


def _associate(client: Any, subnets: list[str], acl: str) -> None:
    for found in client.describe_network_acls()["NetworkAcls"]:
        for one in found["Associations"]:
            if one["SubnetId"] in subnets and found["NetworkAclId"] != acl:
                client.replace_network_acl_association(AssociationId=one["NetworkAclAssociationId"], NetworkAclId=acl)


KINDS = (
    made(
        "internet_gateway",
        "InternetGateway",
        "internetGateway:InternetGateway",
        "InternetGatewayId",
        create={"at": "InternetGateway"},
        after=(Call("attach_internet_gateway", {"InternetGatewayId": "{id}"}),),
        before=(Call("detach_internet_gateway", {"InternetGatewayId": "{id}"}),),
        outputs={"arn": "arn:aws:ec2:{region}:{account}:internet-gateway/{id}"},
        local=("vpcId",),
    ),
    made(
        "nat_gateway",
        "NatGateway",
        "natGateway:NatGateway",
        "NatGatewayId",
        create={"at": "NatGateway"},
        gone={"State": "deleted"},
        local=("allocationId",),
        kept=lambda client, name: gone(client.describe_nat_gateways(NatGatewayIds=[name])["NatGateways"]),
    ),
    made(
        "route_table",
        "RouteTable",
        "routeTable:RouteTable",
        "RouteTableId",
        create={"at": "RouteTable"},
        outputs={"arn": "arn:aws:ec2:{region}:{account}:route-table/{id}"},
        kept=in_default_vpc("describe_route_tables", "RouteTableIds", "RouteTables"),
    ),
    Kind(
        token="aws:ec2/eip:Eip",
        client="ec2",
        id="{allocationId}",
        create=(Call("allocate_address"), TAG),
        update=(),
        read=(Get("describe_addresses", {"AllocationIds": "{id}"}, at="Addresses.0"),),
        delete=(Call("release_address", {"AllocationId": "{id}"}),),
        tags=TAGS,
        computed=("allocationId", "publicIp"),
        listing=Listing("describe_addresses", "Addresses", "AllocationId"),
    ),
    Kind(
        token="aws:ec2/route:Route",
        client="ec2",
        id="{routeTableId}_{destinationCidrBlock}",
        create=(Call("create_route"),),
        update=(
            Call("replace_route", {"RouteTableId": "{routeTableId}", "DestinationCidrBlock": "{destinationCidrBlock}"}),
        ),
        read=(
            Get(
                "describe_route_tables",
                {"RouteTableIds": "{routeTableId}"},
                at="RouteTables.0.Routes",
                match={"DestinationCidrBlock": "{destinationCidrBlock}"},
            ),
        ),
        delete=(
            Call("delete_route", {"RouteTableId": "{routeTableId}", "DestinationCidrBlock": "{destinationCidrBlock}"}),
        ),
        local=("routeTableId",),
    ),
    Kind(
        token="aws:ec2/routeTableAssociation:RouteTableAssociation",
        client="ec2",
        id="{associationId}",
        create=(Call("associate_route_table"),),
        update=(),
        read=(
            Get(
                "describe_route_tables",
                {"RouteTableIds": "{routeTableId}"},
                {"RouteTableAssociationId": "associationId"},
                at="RouteTables.0.Associations",
                match={"RouteTableAssociationId": "{id}"},
            ),
        ),
        delete=(Call("disassociate_route_table", {"AssociationId": "{id}"}),),
        computed=("associationId",),
        local=("routeTableId",),
    ),
    Kind(
        token="aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        client="ec2",
        id="{networkAclId}",
        create=(
            Call(
                "describe_network_acls",
                {"NetworkAclIds": lambda values: [values["defaultNetworkAclId"]]},
                uses=("defaultNetworkAclId",),
                at="NetworkAcls.0",
            ),
            TAG,
        ),
        fill=_empty_acl,
        update=(),
        read=(Get("describe_network_acls", {"NetworkAclIds": "{id}"}, at="NetworkAcls.0"),),
        tags=TAGS,
        computed=("networkAclId",),
        recorded=("defaultNetworkAclId",),
    ),
    Kind(
        token="aws:ec2/defaultRouteTable:DefaultRouteTable",
        client="ec2",
        id="{routeTableId}",
        create=(
            Call(
                "describe_route_tables",
                {"RouteTableIds": lambda values: [values["defaultRouteTableId"]]},
                uses=("defaultRouteTableId", "routes"),
                at="RouteTables.0",
            ),
            TAG,
        ),
        update=(),
        read=(Get("describe_route_tables", {"RouteTableIds": "{id}"}, at="RouteTables.0"),),
        tags=TAGS,
        outputs={"arn": "arn:aws:ec2:{region}:{account}:route-table/{id}"},
        computed=("routeTableId",),
        # The table of a new VPC has the local route alone, which the provider leaves out.
        local=("defaultRouteTableId", "routes"),
    ),
    Kind(
        token="aws:ec2/networkAcl:NetworkAcl",
        client="ec2",
        id="{networkAclId}",
        create=(Call("create_network_acl", uses=("ingress", "egress", "subnetIds"), at="NetworkAcl"), TAG),
        fill=_fill_acl,
        empty=_release_acl,
        update=(),
        read=(Get("describe_network_acls", {"NetworkAclIds": "{id}"}, at="NetworkAcls.0"),),
        delete=(Call("delete_network_acl", {"NetworkAclId": "{id}"}),),
        tags=TAGS,
        outputs={"arn": "arn:aws:ec2:{region}:{account}:network-acl/{id}"},
        computed=("networkAclId",),
        recorded=("ingress", "egress", "subnetIds"),  # entries and associations have another shape
    ),
)
