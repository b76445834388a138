"""Nodes that Karpenter starts when pods need them: spot first, on demand where spot has run out."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as k8s

from components._component import Component, after
from components._kubernetes import READY, is_name, labels
from components._node_pools import UNUSABLE, USES, node_class, node_pool

WEIGHTS = {"spot": 50, "on-demand": 10}
"""Capacity type to the weight of its pool: Karpenter tries the heaviest first."""


class PoolUse(StrEnum):
    """What a pool's nodes are for, from which follow its taint and when Karpenter may take a node away."""

    TRAINING = "training"
    """GPU nodes that go when they are empty, never under a job."""
    SERVING = "serving"
    """GPU nodes that are packed tighter a fifth at a time, as disruption budgets of the pods allow."""
    CPU = "cpu"
    """Nodes without GPUs and without taint."""


class GpuSpotPoolArgs(TypedDict):
    """Inputs of GpuSpotPool."""

    use: PoolUse
    """What the nodes are for."""
    cluster_name: pulumi.Input[str]
    """EKS cluster; subnets and security groups are found by the tag `karpenter.sh/discovery` of this value."""
    node_role_name: pulumi.Input[str]
    """`node_role_name` of GpuNodeAccess."""
    kms_key_arn: pulumi.Input[str]
    """Key of the nodes' volumes."""
    ami: str
    """Pinned alias of the image, `al2023@vYYYYMMDD`; it stands for the variant with GPU drivers too."""
    families: Sequence[str]
    """EC2 instance families, such as `g5`; on spot two or more, so that a shortage of one is not the end."""
    zones: Sequence[str]
    """Availability zones; on spot two or more."""
    max_size: int
    """Most that runs at a time, on spot and on demand together: GPUs, or vCPUs with use `cpu`."""
    tags: Mapping[str, str]
    """Mandatory tags; the instances and volumes get them too."""
    on_demand_size: NotRequired[int]
    """How much of `max_size` is on demand, for when spot has run out. Default 0: spot only."""
    max_gpus_per_node: NotRequired[int]
    """Largest node, in GPUs, that may be started for a small pod. Default 8."""
    volume_gib: NotRequired[int]
    """Size of the encrypted root volume, GiB. Default 200."""
    expire_hours: NotRequired[int]
    """Hours after which a node is replaced, drained first. Default 336 for training, 168 for the others."""
    drain_minutes: NotRequired[int]
    """Minutes that pods have when their node goes, whatever they ask for. Default 60 for training, else 30."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """`ready` of what must be there first and go last: ClusterAddons with Karpenter. Default: nothing."""


class GpuSpotPool(Component):
    """A node class and two node pools of one limit, split between spot and on demand.

    Karpenter's limits are of single pools. Here the spot pool has `max_size - on_demand_size` and the other
    `on_demand_size`, so together they never have more than `max_size`. Karpenter counts with a little delay, and can
    start a node too many in a rush; what is a hard limit is the quota of the queue or of the namespaces.

    A pod that must not be interrupted has the annotation `karpenter.sh/do-not-disrupt: "true"`; it keeps its node
    until it ends, `expire_hours` or an interruption of spot.

    Destroy waits until the last instance is gone, which takes up to `drain_minutes`.
    """

    node_class_name: pulumi.Output[str]
    """Name of the EC2NodeClass."""
    node_pool_names: pulumi.Output[list[str]]
    """Names of the NodePools, spot first; they do not change with the arguments."""
    limits: pulumi.Output[dict[str, int]]
    """Capacity type to its part of `max_size`."""
    ready: pulumi.Output[str]
    """The component's name, once the pools are there."""

    def __init__(self, name: str, args: GpuSpotPoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        use = USES[str(args["use"])]
        size, reserve = int(args["max_size"]), int(args.get("on_demand_size", 0))
        drain = int(args.get("drain_minutes", use.drain_minutes))
        self._validate(args, size, reserve, drain)
        limits = {"spot": size - reserve, "on-demand": reserve}
        limits = {capacity: limit for capacity, limit in limits.items() if limit}
        meta = {"labels": labels(self._tags)}
        class_ = self._object(
            name,
            ("karpenter.k8s.aws/v1", "EC2NodeClass", {"name": name, "annotations": READY, **meta}),
            # Not an output as a whole: what is known of it can be judged at the first preview.
            node_class(
                use,
                args["cluster_name"],
                args["node_role_name"],
                args["kms_key_arn"],
                args["ami"],
                int(args.get("volume_gib", 200)),
                self._tags,
            ),
            list(args.get("after", [])),
            drain,
        )
        pools = [
            self._object(
                f"{name}-{capacity}",
                (
                    "karpenter.sh/v1",
                    "NodePool",
                    # In the foreground: the pool is gone when the last of its nodes is.
                    {
                        "name": f"{name}-{capacity}",
                        "annotations": {**READY, "pulumi.com/deletionPropagationPolicy": "foreground"},
                        **meta,
                    },
                ),
                node_pool(
                    use,
                    name,
                    capacity,
                    limit,
                    WEIGHTS[capacity],
                    families=list(args["families"]),
                    zones=list(args["zones"]),
                    max_gpus=int(args.get("max_gpus_per_node", 8)),
                    expire_hours=int(args.get("expire_hours", use.expire_hours)),
                    drain_minutes=drain,
                ),
                [class_],
                drain,
            )
            for capacity, limit in limits.items()
        ]
        self._finish(
            node_class_name=pulumi.Output.from_input(name),
            node_pool_names=pulumi.Output.from_input([f"{name}-{capacity}" for capacity in limits]),
            limits=pulumi.Output.from_input(limits),
            ready=after(name, class_, *pools),
        )

    def _object(
        self,
        name: str,
        what: tuple[str, str, Mapping[str, Any]],
        spec: Mapping[str, Any],
        depends_on: Sequence[Any],
        drain: int,
    ) -> pulumi.Resource:
        version, kind, metadata = what
        # Nodes are drained, then instances stopped: the wait is longer than the first.
        patient = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete=f"{drain + 20}m"))
        opts = pulumi.ResourceOptions.merge(self._child(depends_on), patient)
        metadata_: Any = dict(metadata)
        return k8s.apiextensions.CustomResource(
            name, api_version=version, kind=kind, metadata=metadata_, spec=spec, opts=opts
        )

    def _validate(self, args: GpuSpotPoolArgs, size: int, reserve: int, drain: int) -> None:
        families, zones = list(args["families"]), list(args["zones"])
        if not is_name(self._name):
            self._refuse("name", self._name, "a DNS label: the node pools are called after it")
        if not re.fullmatch(r"al2023@v[0-9]{8}", args["ami"]):
            self._refuse("ami", args["ami"], "al2023@vYYYYMMDD; with `latest` nodes would change by themselves")
        if unusable := {one: UNUSABLE[one] for one in families if one in UNUSABLE}:
            why = "; ".join(f"{one} has {reason}" for one, reason in unusable.items())
            self._refuse("families", families, f"families with whole GPUs and x86-64; {why}")
        if not families or not zones:
            self._refuse("families" if zones else "zones", [], "at least one")
        if size > reserve and min(len(families), len(zones)) < 2:
            which = "families" if len(families) < 2 else "zones"
            self._refuse(which, list(args[which]), "two or more, or spot runs out with the first shortage")
        if size < 1:
            self._refuse("max_size", size, "1 or more")
        if not 0 <= reserve <= size:
            self._refuse("on_demand_size", reserve, f"0 to max_size, {size}")
        if not 1 <= drain <= 1440:
            self._refuse("drain_minutes", drain, "1 to 1440; a destroy waits as long")

    def _refuse(self, setting: str, value: object, allowed: str) -> None:
        raise ValueError(f"GpuSpotPool {self._name!r}: {setting} = {value!r}; allowed: {allowed}")
