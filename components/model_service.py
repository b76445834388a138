"""A model behind the Open Inference Protocol: its pods, its ways in, how many there are and how versions change."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from components import _served_plan as served
from components._governance import ProvenanceArgs, SystemArgs
from components._rollout import RolloutArgs
from components._served import Served
from components._served_args import DoorArgs, GatewayArgs, PlaceArgs, ScalingArgs
from components.workload_identity import GrantArgs

FOLDER = "/mnt/models"


class SizeArgs(TypedDict):
    """What one pod asks for."""

    cpus: float
    """vCPUs."""
    memory_gib: float
    """Memory, GiB; also its limit."""
    model_gib: NotRequired[int]
    """Most the model takes on disk, GiB. Default 5."""


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
    """Where the version comes from, and who let it in."""
    tags: Mapping[str, str]
    """Mandatory tags, also as labels."""
    captures_uri: NotRequired[pulumi.Input[str]]
    """`s3://` URI below which its requests and answers are kept. Default: nowhere."""
    door: NotRequired[DoorArgs]
    """The way in by the load balancer. Default: none, only from its own namespace."""
    gateway: NotRequired[GatewayArgs]
    """The way in by a Gateway, of modes shadow and ab-test."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Further variables of the server, such as `CAPTURE_STREAM`. Default: none."""
    start_minutes: NotRequired[int]
    """Minutes that a server has to start in. Default 5."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """What must be there first and go last: `ready` of ClusterAddons, `namespace` of Tenant. Default: nothing."""


class ModelService(Served):
    """A registered version of a model, served by MLServer.

    A Rollout owns the pods in every mode, so another mode is a change in place. Whoever changes `version` or `image`
    starts a rollout and need not wait: Argo Rollouts carries it on, and takes it back.
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
        minutes, environment = int(args.get("start_minutes", 5)), args.get("environment", {})
        self._serve(args, lambda: mlserver(args["model"], args["size"], environment, minutes))


def mlserver(model: str, size: SizeArgs, environment: Mapping[str, Any], start_minutes: int) -> served.Program:
    """MLServer, which gets everything from variables; paths of its probes are of the Open Inference Protocol."""
    models, mount = served.volume("models", FOLDER, int(size.get("model_gib", 5)))
    scratch, scratch_mount = served.volume("tmp", "/tmp", 1)
    mounts = [mount, scratch_mount]
    memory = served.gib(size["memory_gib"])
    asked = {"cpu": served.cpus(size["cpus"]), "memory": memory}
    resources = {"requests": {**asked, "ephemeral-storage": "1Gi"}, "limits": {"memory": memory}}

    def server(version: str, model_uri: Any) -> dict[str, Any]:
        variables = {
            "MLSERVER_MODEL_NAME": model,
            "MLSERVER_MODEL_VERSION": version,
            "MLSERVER_MODEL_IMPLEMENTATION": "workloads.serving.model.CapturedModel",
            "MLSERVER_MODEL_URI": FOLDER,
            "MLSERVER_HTTP_PORT": "8080",
            "MLSERVER_GRPC_PORT": "8081",
            "MLSERVER_METRICS_PORT": "8082",
            "MLSERVER_METRICS_DIR": "/tmp",
            # One process a pod: more pods, which are counted, spread and drained, instead of more workers.
            "MLSERVER_PARALLEL_WORKERS": "0",
            "HOME": "/tmp",
            **environment,
        }
        ready = f"/v2/models/{model}/ready"
        return {
            "command": ["mlserver", "start", FOLDER],
            "env": served.env(variables),
            "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 8082}],
            "startupProbe": served.probe(ready, "http", 5, 12 * start_minutes),
            "readinessProbe": served.probe(ready, "http", 5, 2),
            "livenessProbe": served.probe("/v2/health/live", "http", 10, 3),
            "resources": resources,
            "volumeMounts": mounts,
        }

    def fetch(model_uri: Any, digest: str) -> dict[str, Any]:
        command = ["python", "-m", "workloads.fetch", model_uri, FOLDER, digest]
        return {
            "command": command,
            "env": served.env({"HOME": "/tmp"}),
            "resources": resources,
            "volumeMounts": mounts,
        }

    return served.Program(server, "http", "metrics", [models, scratch], fetch)
