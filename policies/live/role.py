"""The role of an audit: what the collectors call, and nothing else."""

import json
from collections.abc import Iterable, Mapping

ACTIONS: Mapping[str, str] = {
    "batch:describe_compute_environments": "batch:DescribeComputeEnvironments",
    "budgets:describe_budgets": "budgets:ViewBudget",
    "budgets:describe_notifications_for_budget": "budgets:ViewBudget",
    "budgets:describe_subscribers_for_notification": "budgets:ViewBudget",
    "ec2:describe_flow_logs": "ec2:DescribeFlowLogs",
    "ec2:describe_instances": "ec2:DescribeInstances",
    "ec2:describe_launch_template_versions": "ec2:DescribeLaunchTemplateVersions",
    "ec2:describe_launch_templates": "ec2:DescribeLaunchTemplates",
    "ec2:describe_nat_gateways": "ec2:DescribeNatGateways",
    "ec2:describe_route_tables": "ec2:DescribeRouteTables",
    "ec2:describe_security_group_rules": "ec2:DescribeSecurityGroupRules",
    "ec2:describe_security_groups": "ec2:DescribeSecurityGroups",
    "ec2:describe_subnets": "ec2:DescribeSubnets",
    "ec2:describe_vpc_endpoints": "ec2:DescribeVpcEndpoints",
    "ec2:describe_vpcs": "ec2:DescribeVpcs",
    "eks:describe_addon": "eks:DescribeAddon",
    "eks:describe_cluster": "eks:DescribeCluster",
    "eks:describe_nodegroup": "eks:DescribeNodegroup",
    "eks:list_addons": "eks:ListAddons",
    "eks:list_clusters": "eks:ListClusters",
    "eks:list_nodegroups": "eks:ListNodegroups",
    "elbv2:describe_listeners": "elasticloadbalancing:DescribeListeners",
    "elbv2:describe_load_balancer_attributes": "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elbv2:describe_load_balancers": "elasticloadbalancing:DescribeLoadBalancers",
    "elbv2:describe_tags": "elasticloadbalancing:DescribeTags",
    "kms:describe_key": "kms:DescribeKey",
    "s3:get_bucket_versioning": "s3:GetBucketVersioning",
    "s3:list_buckets": "s3:ListAllMyBuckets",
    "sts:get_caller_identity": "sts:GetCallerIdentity",
}
"""Each call, as boto3's service and method, and the IAM action that allows it."""


def policy(actions: Iterable[str] = ACTIONS.values()) -> str:
    """The IAM policy document (JSON) of the role: it reads how things are set up, never what they hold."""
    statement = {"Sid": "Audit", "Effect": "Allow", "Action": sorted(set(actions)), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
