"""A Batch queue and the instances under it: spot, and on-demand where spot ends."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component
from components._nodes import launch_template


class _BatchComputeArgs(TypedDict):
    tags: dict[str, str]
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    instance_types: Sequence[str]
    max_vcpus: int
    on_demand_max_vcpus: int
    shares: Mapping[str, float]
    volume_gib: int
    kms_key_arn: pulumi.Input[str]


class _BatchCompute(Component):
    """A queue over compute environments that are empty without jobs, in the order in which it uses them."""

    queue: "aws.batch.JobQueue"
    environments: "list[aws.batch.ComputeEnvironment]"
    security_group: "aws.ec2.SecurityGroup"

    def __init__(self, name: str, args: _BatchComputeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        group = aws.ec2.SecurityGroup(
            name,
            description=f"Instances of {name}",
            vpc_id=args["vpc_id"],
            tags=self._tags,
            opts=self._child(),
        )
        way_out = aws.vpc.SecurityGroupEgressRule(
            f"{name}-https",
            security_group_id=group.id,
            description="AWS services",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4="0.0.0.0/0",
            tags=self._tags,
            opts=self._child(),
        )
        role = self._role(f"{name}-instance", documents.service_trust("ec2.amazonaws.com"))
        joins_clusters = self._attach(f"{name}-instance", role, "service-role/AmazonEC2ContainerServiceforEC2Role")
        profile = aws.iam.InstanceProfile(f"{name}-instance", role=role.name, tags=self._tags, opts=self._child())
        template = self._template(name, args)

        def environment(suffix: str, type_: str, strategy: str, max_vcpus: int) -> "aws.batch.ComputeEnvironment":
            return aws.batch.ComputeEnvironment(
                f"{name}-{suffix}",
                type="MANAGED",
                state="ENABLED",
                compute_resources={
                    "type": type_,
                    "allocation_strategy": strategy,
                    "min_vcpus": 0,
                    "max_vcpus": max_vcpus,
                    "instance_types": list(args["instance_types"]),
                    "instance_role": profile.arn,
                    "subnets": list(args["subnet_ids"]),
                    "security_group_ids": [group.id],
                    # A version by number: Batch looks up what `$Latest` is when the environment is made, not later.
                    "launch_template": {
                        "launch_template_id": template.id,
                        "version": template.latest_version.apply(str),
                    },
                    "ec2_configurations": [{"image_type": "ECS_AL2023"}, {"image_type": "ECS_AL2023_NVIDIA"}],
                    "tags": self._tags,
                },
                tags=self._tags,
                # Without a service role Batch takes its service-linked one, which alone can update in place.
                opts=self._child([joins_clusters, way_out]),
            )

        environments = [environment("spot", "SPOT", "SPOT_PRICE_CAPACITY_OPTIMIZED", args["max_vcpus"])]
        if args["on_demand_max_vcpus"]:
            environments.append(environment("on-demand", "EC2", "BEST_FIT_PROGRESSIVE", args["on_demand_max_vcpus"]))
        queue = aws.batch.JobQueue(
            name,
            state="ENABLED",
            priority=1,
            scheduling_policy_arn=self._fair_share(name, args["shares"]).arn if args["shares"] else None,
            compute_environment_orders=[
                {"order": order, "compute_environment": one.arn} for order, one in enumerate(environments, 1)
            ],
            tags=self._tags,
            opts=self._child(),
        )
        self._finish(queue=queue, environments=environments, security_group=group)

    def _template(self, name: str, args: _BatchComputeArgs) -> "aws.ec2.LaunchTemplate":
        # Batch tags instances itself.
        template = launch_template(args["kms_key_arn"], self._tags, args["volume_gib"], tagged=["volume"])
        return aws.ec2.LaunchTemplate(name, **template, opts=self._child())

    def _fair_share(self, name: str, shares: Mapping[str, float]) -> "aws.batch.SchedulingPolicy":
        return aws.batch.SchedulingPolicy(
            name,
            fair_share_policy={
                "share_decay_seconds": 3600,
                "share_distributions": [
                    {"share_identifier": share, "weight_factor": weight} for share, weight in sorted(shares.items())
                ],
            },
            tags=self._tags,
            opts=self._child(),
        )
