"""The record of a VPC's traffic."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component


class _FlowLogsArgs(TypedDict):
    vpc_id: pulumi.Input[str]
    log_group_name: str
    kms_key_arn: pulumi.Input[str]
    days: int
    seconds: int
    tags: Mapping[str, str]


class _FlowLogs(Component):
    """All traffic of a VPC in an encrypted log group."""

    group: "aws.cloudwatch.LogGroup"

    def __init__(self, name: str, args: _FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        if args["seconds"] not in (60, 600):
            raise ValueError(f"Network: flow_log_seconds = {args['seconds']}; allowed: 60 or 600")
        group = aws.cloudwatch.LogGroup(
            name,
            name=args["log_group_name"],
            kms_key_id=args["kms_key_arn"],
            retention_in_days=args["days"],
            tags=self._tags,
            opts=self._child(),
        )
        role = self._service_role(name, "vpc-flow-logs.amazonaws.com")
        grant = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=group.arn.apply(lambda arn: documents.render(flow_log_delivery(arn))),
            opts=self._child(),
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=args["vpc_id"],
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=args["seconds"],
            tags={**self._tags, "Name": name},
            opts=self._child([grant]),
        )
        self._finish(group=group)


def flow_log_delivery(group_arn: str) -> list[documents.Statement]:
    """Let flow logs write to their log group.

    The actions are those of the VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs"; describing log
    groups cannot be limited to one.
    """
    streams = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return [
        documents.allow(streams, [group_arn, f"{group_arn}:log-stream:*"]),
        documents.allow(["logs:DescribeLogGroups"], "*"),
    ]
