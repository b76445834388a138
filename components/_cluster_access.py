"""Who may enter a cluster, and from which private networks."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws


class AccessPolicy(StrEnum):
    """What a principal may do, as EKS access policies have it."""

    CLUSTER_ADMIN = "cluster-admin"
    """Everything."""
    ADMIN = "admin"
    """Everything in namespaces, but their quotas."""
    EDIT = "edit"
    """Workloads and configuration, secrets included."""
    VIEW = "view"
    """Read, secrets excluded."""


class AccessArgs(TypedDict):
    """Who may enter the cluster."""

    principal_arn: pulumi.Input[str]
    """ARN of one IAM role or user."""
    policy: AccessPolicy
    """What it may do."""
    namespaces: NotRequired[Sequence[str]]
    """Namespaces that it is limited to. Default: all."""


def enter(
    name: str,
    access: AccessArgs,
    cluster: "aws.eks.Cluster",
    partition: pulumi.Input[str],
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Resource:
    """Let one principal enter, and give it one of EKS's own policies; it is in once the result is there."""
    namespaces = list(access.get("namespaces", []))
    entry = aws.eks.AccessEntry(
        name,
        cluster_name=cluster.name,
        principal_arn=access["principal_arn"],
        type="STANDARD",
        tags=tags,
        opts=opts,
    )
    policy = "".join(word.capitalize() for word in str(access["policy"]).split("-"))
    return aws.eks.AccessPolicyAssociation(
        name,
        cluster_name=cluster.name,
        principal_arn=entry.principal_arn,
        policy_arn=pulumi.Output.concat("arn:", partition, f":eks::aws:cluster-access-policy/AmazonEKS{policy}Policy"),
        access_scope={"type": "namespace", "namespaces": namespaces} if namespaces else {"type": "cluster"},
        opts=opts,
    )


def admit(
    name: str,
    security_group_id: pulumi.Input[str],
    cidrs: Sequence[str],
    tags: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Let private networks reach the API server, whose private endpoint has the security group of the cluster.

    EKS User Guide, "Cluster API server endpoint", accessing a private only API server,
    https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
    """
    for cidr in cidrs:
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-{cidr.replace('/', '-')}",
            security_group_id=security_group_id,
            description="API server, from a private network",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=cidr,
            tags=tags,
            opts=opts,
        )
