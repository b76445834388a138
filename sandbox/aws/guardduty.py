"""What GuardDuty's runtime monitoring puts into a VPC by itself, and the official provider removes with it.

https://www.pulumi.com/registry/packages/aws/api-docs/ec2/vpc/: before a VPC or a subnet goes, the provider removes the
endpoints and security groups in it that have the tag `GuardDutyManaged`.
"""

from typing import Any


def drop_endpoints(client: Any, values: dict[str, Any]) -> None:
    """Delete GuardDuty's endpoints of a VPC, before a subnet of it goes."""
    for endpoint in client.describe_vpc_endpoints(Filters=_managed(values))["VpcEndpoints"]:
        client.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])


def drop_groups(client: Any, values: dict[str, Any]) -> None:
    """Delete GuardDuty's security groups of a VPC, before the VPC goes."""
    for group in client.describe_security_groups(Filters=_managed(values))["SecurityGroups"]:
        client.delete_security_group(GroupId=group["GroupId"])


def _managed(values: dict[str, Any]) -> list[dict[str, Any]]:
    vpc = values.get("vpcId") or values["id"]
    return [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "tag:GuardDutyManaged", "Values": ["true"]}]
