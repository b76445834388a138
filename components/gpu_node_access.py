"""What GPU nodes need in the account, whether Karpenter starts them or a managed node group does."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component, after
from components._karpenter import EVENTS, controller_policies, queue_policy
from components._nodes import NODE_POLICIES, launch_template

KARPENTER = ("kube-system", "karpenter")
"""Namespace and service account of the controller."""


class ManagedSpotArgs(TypedDict):
    """A managed node group of spot GPU instances, where Karpenter is not wanted."""

    instance_types: Sequence[str]
    """EC2 instance types; the more, the rarer an interruption. At least two."""
    max_size: int
    """Most nodes; the least is none."""
    subnet_ids: pulumi.Input[Sequence[str]]
    """Private subnets."""


class GpuNodeAccessArgs(TypedDict):
    """Inputs of GpuNodeAccess."""

    cluster_name: pulumi.Input[str]
    """EKS cluster that the nodes join."""
    kms_key_arn: pulumi.Input[str]
    """Key of the nodes' volumes and of the interruption queue; needs the services `ec2`, `events`, `sqs`."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    create_spot_service_role: NotRequired[bool]
    """Make the service-linked role for spot, of which an account has one. Default false."""
    managed_spot: NotRequired[ManagedSpotArgs]
    """The alternative to Karpenter. Default: none."""


class GpuNodeAccess(Component):
    """Karpenter's roles and its interruption queue, and optionally a spot node group.

    The controller deletes what it has started: take its node pools away before this component, or nodes stay behind.
    """

    controller_role_arn: pulumi.Output[str]
    """Role of Karpenter's controller, for the service account `kube-system/karpenter`."""
    node_role_arn: pulumi.Output[str]
    """Role of the nodes."""
    node_role_name: pulumi.Output[str]
    """Name of that role, for an EC2NodeClass; it waits until nodes may join, which they may until the class is gone."""
    queue_name: pulumi.Output[str]
    """Name of the queue that tells of interruptions; it waits for the controller's identity, which goes after it."""
    queue_arn: pulumi.Output[str]
    """ARN of that queue."""
    node_group_name: pulumi.Output[str | None]
    """Name of the spot node group; none without `managed_spot`."""

    def __init__(self, name: str, args: GpuNodeAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        self._joined: list[pulumi.Resource] = []
        queue = self._queue(args["kms_key_arn"])
        node_role = self._node_role(args["cluster_name"])
        controller, association = self._controller(args, node_role, queue)
        if args.get("create_spot_service_role", False):
            # An account has one, which others in it use too.
            aws.iam.ServiceLinkedRole(
                f"{name}-spot", aws_service_name="spot.amazonaws.com", tags=self._tags, opts=self._child(retain=True)
            )
        group = self._managed_spot(args, args["managed_spot"], node_role) if "managed_spot" in args else None
        self._finish(
            controller_role_arn=controller.arn,
            node_role_arn=node_role.arn,
            node_role_name=after(node_role.name, *self._joined),
            queue_name=after(queue.name, association),
            queue_arn=queue.arn,
            node_group_name=group.node_group_name if group else pulumi.Output.from_input(None),
        )

    def _queue(self, key_arn: pulumi.Input[str]) -> "aws.sqs.Queue":
        name = f"{self._name}-interruptions"
        queue = aws.sqs.Queue(
            name,
            # Older than five minutes, an interruption has happened.
            message_retention_seconds=300,
            kms_master_key_id=key_arn,
            tags=self._tags,
            opts=self._child(),
        )
        policy = aws.sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=pulumi.Output.all(queue.arn, self._caller()["account"]).apply(
                lambda values: documents.render(queue_policy(*values))
            ),
            opts=self._child(),
        )
        for event, (source, kind) in EVENTS.items():
            rule = aws.cloudwatch.EventRule(
                f"{self._name}-{event}",
                event_pattern=json.dumps({"source": [source], "detail-type": [kind]}),
                tags=self._tags,
                opts=self._child(),
            )
            aws.cloudwatch.EventTarget(
                f"{self._name}-{event}", rule=rule.name, arn=queue.arn, opts=self._child([policy])
            )
        return queue

    def _node_role(self, cluster_name: pulumi.Input[str]) -> "aws.iam.Role":
        name = f"{self._name}-node"
        role = self._role(name, documents.service_trust("ec2.amazonaws.com"))
        for policy in (*NODE_POLICIES, "AmazonEKS_CNI_Policy"):
            self._joined.append(self._attach(f"{name}-{policy}", role, policy))
        entry = aws.eks.AccessEntry(
            name,
            cluster_name=cluster_name,
            principal_arn=role.arn,
            type="EC2_LINUX",
            tags=self._tags,
            opts=self._child(),
        )
        self._joined.append(entry)
        return role

    def _controller(
        self, args: GpuNodeAccessArgs, node_role: "aws.iam.Role", queue: "aws.sqs.Queue"
    ) -> "tuple[aws.iam.Role, aws.eks.PodIdentityAssociation]":
        name, caller = f"{self._name}-controller", self._caller()
        trust = pulumi.Output.all(caller, args["cluster_name"]).apply(
            lambda v: documents.pod_identity_trust(v[0], v[1], *KARPENTER)
        )
        role = self._role(name, trust)
        wanted = pulumi.Output.all(caller, args["cluster_name"], node_role.arn, queue.arn, args["kms_key_arn"]).apply(
            lambda values: controller_policies(*values)
        )
        attached: list[pulumi.Resource] = []
        for part in POLICIES:
            policy = aws.iam.Policy(
                f"{name}-{part}",
                policy=wanted.apply(lambda found, part=part: documents.render(found[part])),
                tags=self._tags,
                opts=self._child(),
            )
            attached.append(
                aws.iam.RolePolicyAttachment(
                    f"{name}-{part}", role=role.name, policy_arn=policy.arn, opts=self._child()
                )
            )
        namespace, service_account = KARPENTER
        association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=args["cluster_name"],
            namespace=namespace,
            service_account=service_account,
            role_arn=role.arn,
            tags=self._tags,
            opts=self._child(attached),
        )
        return role, association

    def _managed_spot(
        self, args: GpuNodeAccessArgs, spot: ManagedSpotArgs, node_role: "aws.iam.Role"
    ) -> "aws.eks.NodeGroup":
        name = f"{self._name}-spot"
        if len(spot["instance_types"]) < 2:
            raise ValueError(
                f"GpuNodeAccess {self._name!r}: managed_spot.instance_types has {len(spot['instance_types'])}; "
                "allowed: two or more, so that a shortage of one is not the end"
            )
        template: dict[str, Any] = launch_template(args["kms_key_arn"], self._tags, 200)
        launch = aws.ec2.LaunchTemplate(name, **template, opts=self._child())
        return aws.eks.NodeGroup(
            name,
            cluster_name=args["cluster_name"],
            node_role_arn=node_role.arn,
            subnet_ids=spot["subnet_ids"],
            ami_type="AL2023_x86_64_NVIDIA",
            capacity_type="SPOT",
            instance_types=list(spot["instance_types"]),
            scaling_config={"min_size": 0, "desired_size": 0, "max_size": int(spot["max_size"])},
            update_config={"max_unavailable": 1},
            launch_template={"id": launch.id, "version": launch.latest_version.apply(str)},
            # By the second label the device plugin finds nodes with GPUs.
            labels={"ml-platform/pool": "gpu-spot", "nvidia.com/gpu.present": "true"},
            taints=[{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}],
            tags=self._tags,
            opts=self._child(),
        )


POLICIES = ("node-lifecycle", "iam-integration", "eks-integration", "interruption", "zonal-shift", "resource-discovery")
"""Parts of the controller's rights, each a policy: together they exceed the size of one."""
