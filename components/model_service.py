"""A model behind the Open Inference Protocol: its pods, its ways in, how many there are and how versions change."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from components._governance import ProvenanceArgs, SystemArgs
from components._mlserver import CapturesArgs, LimitsArgs, ModelFormat, ServerArgs, SizeArgs, mlserver
from components._rollout import RolloutArgs
from components._served import Served
from components._served_args import DoorArgs, GatewayArgs, PlaceArgs, ScalingArgs
from components.workload_identity import GrantArgs


class ModelServiceArgs(TypedDict):
    """Inputs of ModelService."""

    model: str
    """Name of the model, and of the service; a DNS label."""
    version: str
    """Its version."""
    image: str
    """Image of MLServer and the model's libraries, by digest: `NAME@sha256:...`."""
    model_uri: pulumi.Input[str]
    """`s3://` URI of the version's folder; pods fetch it before they start."""
    grants: Sequence[GrantArgs]
    """What the pods may do in AWS: read the model's prefix, put captures."""
    place: PlaceArgs
    """Where it runs."""
    size: SizeArgs
    """What one pod asks for."""
    scaling: ScalingArgs
    """How many pods."""
    rollout: RolloutArgs
    """How a new version gets its traffic."""
    system: SystemArgs
    """The AI system that it is part of."""
    provenance: ProvenanceArgs
    """Where the version comes from, and who approved it."""
    tags: Mapping[str, str]
    """Mandatory tags, also as labels."""
    captures_uri: NotRequired[pulumi.Input[str]]
    """`s3://` URI below which its requests and answers are kept. Default: nowhere."""
    door: NotRequired[DoorArgs]
    """The way in by the load balancer. Default: none, only from its own namespace."""
    gateway: NotRequired[GatewayArgs]
    """The way in by a Gateway, of modes shadow and ab-test."""
    format: NotRequired[ModelFormat]
    """What the model's folder has. Default `sklearn`."""
    limits: NotRequired[LimitsArgs]
    """What one pod accepts. Default: as its fields say."""
    server: NotRequired[ServerArgs]
    """How MLServer computes. Default: as its fields say."""
    captures: NotRequired[CapturesArgs]
    """What it captures of requests and answers. Default: nothing."""
    start_minutes: NotRequired[int]
    """Minutes that a server has to start in. Default 5."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """What must be there first and go last: `ready` of ClusterAddons, `namespace` of Tenant. Default: nothing."""


class ModelService(Served):
    """A registered version of a model, served by MLServer.

    A Rollout owns the pods in every mode, so another mode is a change in place. A change of `version` or `image`
    starts a rollout; Argo Rollouts completes or aborts it after the update has ended.
    """

    url: pulumi.Output[str]
    """Address in the cluster, of the version that serves."""
    host: pulumi.Output[str | None]
    """Host name outside; none without `door` and `gateway`."""
    rollout_name: pulumi.Output[str]
    """Name of the Rollout, in its namespace."""
    role_arn: pulumi.Output[str]
    """Role of the pods."""

    def __init__(self, name: str, args: ModelServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        self._serve(args, lambda: mlserver(name, args))
