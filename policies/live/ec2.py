"""Networks and what runs in them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from policies._view import UNKNOWN, Resource
from policies.live._answers import keys, tags
from policies.live._camel import camel
from policies.live.reader import Reader, collects

_VPC, _SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
_GROUP, _DEFAULT = "aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_FLOW_LOG, _ENDPOINT = "aws:ec2/flowLog:FlowLog", "aws:ec2/vpcEndpoint:VpcEndpoint"
_TABLE, _ROUTE = "aws:ec2/routeTable:RouteTable", "aws:ec2/route:Route"
_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
_TEMPLATE, _INSTANCE = "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance"
_NAT = "aws:ec2/natGateway:NatGateway"
_ACL, _DEFAULT_ACL = "aws:ec2/networkAcl:NetworkAcl", "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
_GONE = ("deleted", "deleting", "expired", "failed", "rejected", "terminated")
"""States of what EC2 still lists for a while and nobody has any more."""


def _made(read: Reader, token: str, id_: str, properties: dict[str, Any], suffix: str = "") -> Resource:
    kind = token.rpartition(":")[2]
    urn = f"arn:aws:ec2:{read.region}:{read.account}:{kind[0].lower()}{kind[1:]}/{id_}{suffix}"
    return Resource(token, urn, {"id": id_, **properties}, protect=None)


@collects(_VPC, _SUBNET)
def vpcs(read: Reader) -> Iterator[Resource]:
    """VPCs and their subnets."""
    for item in read.list("ec2", "describe_vpcs", "Vpcs"):
        found = {"cidrBlock": item["CidrBlock"], "tags": tags(item.get("Tags", []))}
        yield _made(read, _VPC, item["VpcId"], found)
    for item in read.list("ec2", "describe_subnets", "Subnets"):
        found = {
            "cidrBlock": item.get("CidrBlock"),
            "mapPublicIpOnLaunch": item.get("MapPublicIpOnLaunch"),
            "vpcId": item["VpcId"],
            "tags": tags(item.get("Tags", [])),
        }
        yield _made(read, _SUBNET, item["SubnetId"], found)


@collects(_GROUP, _DEFAULT, _INGRESS)
def security_groups(read: Reader) -> Iterator[Resource]:
    """Security groups; the ways in of each but the default ones as resources of their own."""
    labels, defaults = {}, set()
    for item in read.list("ec2", "describe_security_groups", "SecurityGroups"):
        id_, labels[item["GroupId"]] = item["GroupId"], tags(item.get("Tags", []))
        found = {"name": item["GroupName"], "vpcId": item.get("VpcId"), "tags": labels[id_]}
        if item["GroupName"] == "default":
            defaults.add(id_)
            ways = {"ingress": camel(item["IpPermissions"]), "egress": camel(item.get("IpPermissionsEgress", []))}
            yield _made(read, _DEFAULT, id_, {**found, **ways})
        else:
            yield _made(read, _GROUP, id_, found)
    for item in read.list("ec2", "describe_security_group_rules", "SecurityGroupRules"):
        if item["IsEgress"] or item["GroupId"] in defaults:
            continue
        found = {
            "cidrIpv4": item.get("CidrIpv4"),
            "cidrIpv6": item.get("CidrIpv6"),
            "fromPort": item.get("FromPort"),
            "toPort": item.get("ToPort"),
            "ipProtocol": item.get("IpProtocol"),
            "securityGroupId": item["GroupId"],
            # The controller of load balancers tags its groups, not their rules.
            "tags": {**labels.get(item["GroupId"], {}), **tags(item.get("Tags", []))},
        }
        yield _made(read, _INGRESS, item["SecurityGroupRuleId"], found)


@collects(_ACL, _DEFAULT_ACL)
def network_acls(read: Reader) -> Iterator[Resource]:
    """Network ACLs, with their rules for what comes in."""
    for item in read.list("ec2", "describe_network_acls", "NetworkAcls"):
        ingress = [
            {
                "ruleNo": rule["RuleNumber"],
                "action": rule["RuleAction"],
                "protocol": rule["Protocol"],
                "cidrBlock": rule.get("CidrBlock"),
                "ipv6CidrBlock": rule.get("Ipv6CidrBlock"),
                "fromPort": rule.get("PortRange", {}).get("From"),
                "toPort": rule.get("PortRange", {}).get("To"),
            }
            for rule in item.get("Entries", [])
            if not rule["Egress"]
        ]
        found = {"vpcId": item["VpcId"], "ingress": ingress, "tags": tags(item.get("Tags", []))}
        yield _made(read, _DEFAULT_ACL if item["IsDefault"] else _ACL, item["NetworkAclId"], found)


@collects(_FLOW_LOG)
def flow_logs(read: Reader) -> Iterator[Resource]:
    """Flow logs of VPCs."""
    for item in read.list("ec2", "describe_flow_logs", "FlowLogs"):
        if not str(item["ResourceId"]).startswith("vpc-"):
            continue
        group = f"arn:aws:logs:{read.region}:{read.account}:log-group:{item.get('LogGroupName')}"
        found = {
            "vpcId": item["ResourceId"],
            "trafficType": item.get("TrafficType"),
            "logDestinationType": item.get("LogDestinationType"),
            "logDestination": item.get("LogDestination") or (group if item.get("LogGroupName") else None),
            "tags": tags(item.get("Tags", [])),
        }
        yield _made(read, _FLOW_LOG, item["FlowLogId"], found)


@collects(_ENDPOINT)
def endpoints(read: Reader) -> Iterator[Resource]:
    """Endpoints of VPCs."""
    for item in read.list("ec2", "describe_vpc_endpoints", "VpcEndpoints"):
        if item.get("State", "").lower() in _GONE:
            continue
        found = {
            "vpcId": item["VpcId"],
            "serviceName": item["ServiceName"],
            "vpcEndpointType": item.get("VpcEndpointType"),
            "policy": item.get("PolicyDocument"),
            "tags": tags(item.get("Tags", [])),
        }
        yield _made(read, _ENDPOINT, item["VpcEndpointId"], found)


@collects(_TABLE, _ROUTE, _ASSOCIATION)
def routes(read: Reader) -> Iterator[Resource]:
    """Route tables, where they lead, and the subnets of each; a subnet without one has the main one of its VPC."""
    associated, main = set(), {}
    for item in read.list("ec2", "describe_route_tables", "RouteTables"):
        id_ = item["RouteTableId"]
        yield _made(read, _TABLE, id_, {"vpcId": item["VpcId"], "tags": tags(item.get("Tags", []))})
        for number, route in enumerate(item.get("Routes", [])):
            found = {
                "routeTableId": id_,
                "destinationCidrBlock": route.get("DestinationCidrBlock"),
                "gatewayId": route.get("GatewayId"),
                "natGatewayId": route.get("NatGatewayId"),
            }
            yield _made(read, _ROUTE, id_, found, f"/{number}")
        for one in item.get("Associations", []):
            if one.get("Main"):
                main[item["VpcId"]] = id_
            elif subnet := one.get("SubnetId"):
                associated.add(subnet)
                yield _made(read, _ASSOCIATION, id_, {"routeTableId": id_, "subnetId": subnet}, f"/{subnet}")
    for item in read.list("ec2", "describe_subnets", "Subnets"):
        subnet, table = item["SubnetId"], main.get(item["VpcId"])
        if subnet not in associated and table:
            yield _made(read, _ASSOCIATION, table, {"routeTableId": table, "subnetId": subnet}, f"/{subnet}")


@collects(_TEMPLATE)
def launch_templates(read: Reader) -> Iterator[Resource]:
    """Launch templates, each in the version that counts unless one is named."""
    key = keys(read)

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        id_ = item["LaunchTemplateId"]
        versions = read.get("ec2", "describe_launch_template_versions", LaunchTemplateId=id_, Versions=["$Default"])
        if versions is UNKNOWN:
            yield replace(_made(read, _TEMPLATE, id_, {}), unread="its version could not be read")
            return
        data = versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]
        mappings = [
            {**camel(each), "ebs": {**camel(each["Ebs"]), "kmsKeyId": key(each["Ebs"].get("KmsKeyId"))}}
            if "Ebs" in each
            else camel(each)
            for each in data.get("BlockDeviceMappings", [])
        ]
        found = {
            "name": item["LaunchTemplateName"],
            "instanceType": data.get("InstanceType"),
            "metadataOptions": camel(data.get("MetadataOptions", {})),
            "blockDeviceMappings": mappings,
            "networkInterfaces": camel(data.get("NetworkInterfaces", [])),
            "tags": tags(item.get("Tags", [])),
        }
        yield _made(read, _TEMPLATE, id_, found)

    yield from read.each(one, read.list("ec2", "describe_launch_templates", "LaunchTemplates"))


@collects(_INSTANCE, _NAT)
def machines(read: Reader) -> Iterator[Resource]:
    """Instances that are not gone, and NAT gateways."""
    for reservation in read.list("ec2", "describe_instances", "Reservations"):
        for item in reservation["Instances"]:
            if item["State"]["Name"] in _GONE:
                continue
            found = {
                "instanceType": item["InstanceType"],
                "associatePublicIpAddress": bool(item.get("PublicIpAddress")),
                "tags": tags(item.get("Tags", [])),
            }
            yield _made(read, _INSTANCE, item["InstanceId"], found)
    for item in read.list("ec2", "describe_nat_gateways", "NatGateways"):
        if item.get("State") not in _GONE:
            yield _made(read, _NAT, item["NatGatewayId"], {"tags": tags(item.get("Tags", []))})
