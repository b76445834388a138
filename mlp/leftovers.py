"""What a destroyed cluster leaves in an account, outside of every state."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3

from mlp.places import SessionError
from stacks.settings import Settings

UNREACHABLE = {"PULUMI_K8S_DELETE_UNREACHABLE": "true"}
"""Has the Kubernetes provider drop what it cannot reach: https://github.com/pulumi/pulumi-kubernetes/pull/2489."""


def delete_log_group(aws: boto3.Session, settings: Settings, say: Callable[[str], None]) -> None:
    """Delete the log group of the cluster if EKS has made it again after the cluster was deleted.

    EKS delivers events late, under a role of its own, and makes the group that it misses
    (https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2763). The next creation would fail with
    ResourceAlreadyExistsException. A group with a key or a retention is one of the platform's, and stays.
    """
    name, logs, eks = log_group(settings), aws.client("logs"), aws.client("eks")
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    if any(written_again(one, settings) for one in found) and not cluster_exists(eks, settings.cluster_name):
        logs.delete_log_group(logGroupName=name)
        say(f"deleted the log group {name}, which EKS made again after its cluster was deleted")


def written_again(group: Mapping[str, Any], settings: Settings) -> bool:
    """Whether EKS made a log group (DescribeLogGroups): the cluster's, without the platform's key and retention."""
    return group["logGroupName"] == log_group(settings) and not {"kmsKeyId", "retentionInDays"} & group.keys()


def log_group(settings: Settings) -> str:
    """Name of the log group that EKS writes the logs of the cluster's control plane to."""
    return f"/aws/eks/{settings.cluster_name}/cluster"


def refuse_running(aws: boto3.Session, settings: Settings) -> None:
    """Refuse to forget a cluster whose controllers have left machines or load balancers behind: nothing else ends them.

    Raises:
        SessionError: There are some; the message has the commands that delete them.
    """
    cluster = settings.cluster_name
    nodes = [
        {"Name": "tag:eks:eks-cluster-name", "Values": [cluster]},
        {"Name": "tag-key", "Values": ["karpenter.sh/nodepool"]},
        {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]},
    ]
    pages = aws.client("ec2").get_paginator("describe_instances").paginate(Filters=nodes)
    instances = [one["InstanceId"] for page in pages for group in page["Reservations"] for one in group["Instances"]]
    wanted = {"TagFilters": [{"Key": "elbv2.k8s.aws/cluster", "Values": [cluster]}]}
    found = aws.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(**wanted)
    arns = [one["ResourceARN"] for page in found for one in page["ResourceTagMappingList"]]
    balancers = [arn for arn in arns if ":loadbalancer/" in arn]
    commands = [f"aws ec2 terminate-instances --instance-ids {' '.join(instances)}"] if instances else []
    commands += [f"aws elbv2 delete-load-balancer --load-balancer-arn {arn}" for arn in balancers]
    if commands:
        told = f"{cluster} has left {len(instances)} instances and {len(balancers)} load balancers; delete them first:"
        raise SessionError("\n".join([told, *(f"  {command}" for command in commands)]))


def cluster_exists(eks: Any, cluster: str) -> bool:
    """Whether the account has a cluster of a name."""
    try:
        return bool(eks.describe_cluster(name=cluster))
    except eks.exceptions.ResourceNotFoundException:
        return False
