"""What a destroyed cluster leaves outside of every state."""

import boto3
import pytest

from mlp import leftovers
from mlp.places import SessionError
from stacks.settings import Settings
from tests.mlp.test_stopped import OURS, node_group

DEV = Settings.from_file("dev")
GROUP = f"/aws/eks/{DEV.cluster_name}/cluster"


def groups(account: boto3.Session) -> list[str]:
    return [one["logGroupName"] for one in account.client("logs").describe_log_groups()["logGroups"]]


def test_a_log_group_that_eks_has_made_again_is_deleted(account: boto3.Session) -> None:
    logs, told = account.client("logs"), list[str]()
    for name in (GROUP, f"{GROUP}-of-others"):
        logs.create_log_group(logGroupName=name)
    leftovers.delete_log_group(account, DEV, told.append)
    assert groups(account) == [f"{GROUP}-of-others"]
    assert told == [f"deleted the log group {GROUP}, which EKS made again after its cluster was deleted"]
    leftovers.delete_log_group(account, DEV, lambda text: pytest.fail(text))


def test_a_log_group_of_the_platform_or_of_a_cluster_that_is_there_stays(account: boto3.Session) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName=GROUP)
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=365)
    leftovers.delete_log_group(account, DEV, lambda text: pytest.fail(text))
    logs.delete_retention_policy(logGroupName=GROUP)
    node_group(account, DEV.cluster_name, OURS, 1)
    leftovers.delete_log_group(account, DEV, lambda text: pytest.fail(text))
    assert groups(account) == [GROUP]


def test_a_cluster_is_not_forgotten_while_its_machines_run(account: boto3.Session) -> None:
    leftovers.refuse_running(account, DEV)
    ec2, elb = account.client("ec2"), account.client("elbv2")
    tags = [{"Key": "eks:eks-cluster-name", "Value": DEV.cluster_name}, {"Key": "karpenter.sh/nodepool", "Value": "g"}]
    (node,) = ec2.run_instances(
        ImageId="ami-12c6146b",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"]
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    tags = [{"Key": "elbv2.k8s.aws/cluster", "Value": DEV.cluster_name}]
    balancer = elb.create_load_balancer(Name="models", Subnets=subnets, Tags=tags)["LoadBalancers"][0][
        "LoadBalancerArn"
    ]
    with pytest.raises(SessionError) as refused:
        leftovers.refuse_running(account, DEV)
    assert str(refused.value).splitlines() == [
        f"{DEV.cluster_name} has left 1 instances and 1 load balancers; delete them first:",
        f"  aws ec2 terminate-instances --instance-ids {node['InstanceId']}",
        f"  aws elbv2 delete-load-balancer --load-balancer-arn {balancer}",
    ]
    ec2.terminate_instances(InstanceIds=[node["InstanceId"]])
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    leftovers.refuse_running(account, DEV)
