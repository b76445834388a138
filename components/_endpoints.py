"""How a VPC reaches AWS without the internet."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component

INTERFACE_ENDPOINTS = (
    "autoscaling",
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "eks",
    "eks-auth",
    "elasticloadbalancing",
    "events",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
)
"""What the platform calls; each costs about 7 to 9 US dollars a month and zone, and replaces NAT traffic."""


class _EndpointsArgs(TypedDict):
    vpc_id: pulumi.Input[str]
    cidr: str
    route_table_ids: Sequence[pulumi.Input[str]]
    subnet_ids: Sequence[pulumi.Input[str]]
    services: Sequence[str]
    tags: Mapping[str, str]


class _Endpoints(Component):
    """Gateway endpoints of S3 and DynamoDB, and interface endpoints that only the VPC itself can reach."""

    group: "aws.ec2.SecurityGroup"

    def __init__(self, name: str, args: _EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        caller = self._caller()
        group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args["vpc_id"],
            description="Interface endpoints, from within the VPC",
            tags={**self._tags, "Name": name},
            opts=self._child(),
        )
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=args["cidr"],
            description="TLS from the VPC",
            tags=self._tags,
            opts=self._child(),
        )
        policy = caller["account"].apply(lambda account: documents.render([own_principals(account)]))
        for service in ("s3", "dynamodb", *args["services"]):
            gateway = service in ("s3", "dynamodb")
            where = (
                {"vpc_endpoint_type": "Gateway", "route_table_ids": list(args["route_table_ids"]), "policy": policy}
                if gateway
                else {
                    "vpc_endpoint_type": "Interface",
                    "private_dns_enabled": True,
                    "subnet_ids": list(args["subnet_ids"]),
                    "security_group_ids": [group.id],
                }
            )
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args["vpc_id"],
                service_name=pulumi.Output.concat("com.amazonaws.", caller["region"], ".", service),
                tags={**self._tags, "Name": f"{name}-{service}"},
                opts=self._child(),
                **where,
            )
        self._finish(group=group)


def own_principals(account: str) -> documents.Statement:
    """Let only principals of this account through an endpoint: credentials of another one carry nothing out."""
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": account}},
    }
