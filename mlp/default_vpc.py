"""The default VPC, which AWS puts into every region of a new account: public subnets, no flow log, no tags."""

from typing import Any


def found(ec2: Any) -> tuple[str, list[str]]:
    """The id of the region's default VPC, empty if there is none, and the ids of what uses it.

    Args:
        ec2: A boto3 client of EC2.
    """
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    if not vpcs:
        return "", []
    vpc = vpcs[0]["VpcId"]
    here = [{"Name": "vpc-id", "Values": [vpc]}]
    users = [one["NetworkInterfaceId"] for one in ec2.describe_network_interfaces(Filters=here)["NetworkInterfaces"]]
    users += [one["VpcEndpointId"] for one in ec2.describe_vpc_endpoints(Filters=here)["VpcEndpoints"]]
    groups = ec2.describe_security_groups(Filters=here)["SecurityGroups"]
    users += [one["GroupId"] for one in groups if one["GroupName"] != "default"]
    tables = ec2.describe_route_tables(Filters=here)["RouteTables"]
    users += [one["RouteTableId"] for one in tables if not any(way.get("Main") for way in one["Associations"])]
    return vpc, users


def delete(ec2: Any, vpc: str) -> None:
    """Delete a default VPC that nothing uses; `aws ec2 create-default-vpc` makes a new one."""
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    for gateway in ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc)


def handled(ec2: Any, stack: str, wanted: bool) -> list[str]:
    """Delete the region's default VPC if that is wanted and nothing uses it; what to say of it."""
    vpc, users = found(ec2)
    if not vpc:
        return []
    if users:
        return [f"the default VPC {vpc} stays: it is used by {', '.join(users)}; the audit of the account refuses it"]
    if not wanted:
        told = f"nothing uses the default VPC {vpc}, and the audit of the account refuses it"
        return [f"{told}; delete it with `mlp bootstrap {stack} --delete-default-vpc`"]
    delete(ec2, vpc)
    return [f"deleted the default VPC {vpc}, which nothing used"]
