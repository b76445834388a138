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
    "kinesis-firehose",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
)
"""What the platform calls; each costs about 7 to 9 US dollars a month and zone, and replaces NAT traffic.

S3 is here besides its gateway endpoint: behind a gateway its addresses stay public and change, so that no NetworkPolicy
can name them (AWS PrivateLink Guide, "Gateway endpoints for Amazon S3").
"""
GATEWAY_ENDPOINTS = ("s3", "dynamodb")
_DNS = {"s3": {"dns_options": {"private_dns_only_for_inbound_resolver_endpoint": False}}}
"""With true, private DNS answers inbound resolvers only, and the VPC's own requests go through the gateway endpoint.

Sources: EC2 API, DnsOptionsSpecification; Amazon S3 User Guide, "AWS PrivateLink for Amazon S3",
https://docs.aws.amazon.com/AmazonS3/latest/userguide/privatelink-interface-endpoints.html
"""


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
        gateway = {"vpc_endpoint_type": "Gateway", "route_table_ids": list(args["route_table_ids"])}
        interface = {
            "vpc_endpoint_type": "Interface",
            "private_dns_enabled": True,
            "subnet_ids": list(args["subnet_ids"]),
            "security_group_ids": [group.id],
        }
        wanted = [(f"{name}-{service}", service, gateway) for service in GATEWAY_ENDPOINTS]
        for service in args["services"]:
            suffix = "-interface" if service in GATEWAY_ENDPOINTS else ""
            wanted.append((f"{name}-{service}{suffix}", service, {**interface, **_DNS.get(service, {})}))
        for called, service, where in wanted:
            aws.ec2.VpcEndpoint(
                called,
                vpc_id=args["vpc_id"],
                service_name=pulumi.Output.concat("com.amazonaws.", caller["region"], ".", service),
                policy=caller.apply(lambda who, service=service: documents.render(endpoint_policy(service, who))),
                tags={**self._tags, "Name": called},
                opts=self._child(),
                **where,
            )
        self._finish(group=group)


AWS_BUCKETS = (
    # Layers of images: ECR presigns their addresses with an account of its own. ECR User Guide, "Amazon ECR interface
    # VPC endpoints", minimum S3 bucket permissions.
    "prod-{region}-starport-layer-bucket",
    # registry.k8s.io sends clients in AWS to these: kubernetes/registry.k8s.io, cmd/archeio/internal/app/buckets.go.
    "prod-registry-k8s-io-{region}",
    # Packages of Amazon Linux 2023, and what the SSM agent downloads: aws-samples/data-perimeter-policy-examples,
    # service_owned_resources.md.
    "al2023-repos-{region}-de612dc2",
    "amazon-ssm-{region}",
    "aws-ssm-{region}",
)
"""Buckets that AWS and the Kubernetes project own, which nodes read without credentials of this account."""


def endpoint_policy(service: str, caller: Mapping[str, str]) -> list[documents.Statement]:
    """Let only principals of this account through an endpoint: stolen credentials of another carry nothing out.

    Args:
        service: Last part of the service's name, such as `s3` or `ecr.dkr`.
        caller: `account`, `region` and `partition`.
    """
    statements = [_anybody(["*"], "*", StringEquals={"aws:PrincipalAccount": caller["account"]})]
    if service == "s3":
        buckets = [name.format(region=caller["region"]) for name in AWS_BUCKETS]
        objects = [f"arn:{caller['partition']}:s3:::{bucket}/*" for bucket in buckets]
        statements.append(_anybody(["s3:GetObject"], objects))
    if service == "sts":
        # These calls are not signed, so they have no principal yet.
        unsigned = ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
        roles = f"arn:{caller['partition']}:iam::{caller['account']}:role/*"
        statements.append(_anybody(unsigned, roles))
    return statements


def _anybody(actions: list[str], resource: str | list[str], **condition: object) -> documents.Statement:
    return {"Principal": {"AWS": "*"}, **documents.allow(actions, resource, **condition)}
