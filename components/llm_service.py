"""A language model behind vLLM, on nodes with GPUs: otherwise what ModelService is."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from components import _served_plan as served
from components._governance import ProvenanceArgs, SystemArgs
from components._kubernetes import GPU, POOL
from components._rollout import RolloutArgs
from components._served import Served
from components._served_args import DoorArgs, GatewayArgs, PlaceArgs, ScalingArgs
from components.workload_identity import GrantArgs

CACHE = "/cache"
HEALTH = "/health"
"""Answers 200 while the engine with this model runs. vLLM listens once the model is loaded, and has one model."""
FINISH_SECONDS = 270
"""Seconds that generations under way have to end in. By default vLLM aborts them (`--shutdown-timeout`, 0)."""
EXIT_SECONDS = 30
"""Seconds that vLLM has to end its processes in after that."""
QUEUE, PRIORITY = "kueue.x-k8s.io/queue-name", "kueue.x-k8s.io/priority-class"


class GpuSizeArgs(TypedDict):
    """What one pod asks for, and which nodes have it."""

    pool: str
    """Node pool, of GpuSpotPool with use `serving`."""
    gpus: int
    """GPUs; the model is split over them."""
    cpus: float
    """vCPUs."""
    memory_gib: float
    """Memory, GiB; also its limit."""
    cache_gib: NotRequired[int]
    """Disk for what is compiled and loaded, GiB. Default 100."""
    queue: NotRequired[pulumi.Input[str]]
    """LocalQueue of its namespace; without its label a tenant's pod gets no GPU. Default: none."""
    priority: NotRequired[str]
    """Priority class of that queue, of `priority_classes` of TrainingQueue. Default: the lowest."""


class LlmServiceArgs(TypedDict):
    """Inputs of LlmService."""

    model: str
    """Name of the model, and of the service; a DNS label."""
    version: str
    """Its version."""
    image: str
    """Image of vLLM, by digest: `NAME@sha256:...`."""
    model_uri: pulumi.Input[str]
    """`s3://` URI of the version's folder; the server streams the weights from it to the GPUs."""
    grants: Sequence[GrantArgs]
    """What the pods may do in AWS: read the model's prefix."""
    place: PlaceArgs
    """Where it runs."""
    size: GpuSizeArgs
    """What one pod asks for."""
    scaling: ScalingArgs
    """How many pods; by KV cache and queue, of which the CPU knows nothing."""
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
    max_tokens: NotRequired[int]
    """Longest request with its answer, tokens. Default: what the model has."""
    start_minutes: NotRequired[int]
    """Minutes that a server has to start in: a node, the image, the weights. Default 30."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """What must be there first and go last: `ready` of ClusterAddons, `namespace` of Tenant. Default: nothing."""


class LlmService(Served):
    """A language model, served by vLLM with the API of OpenAI."""

    url: pulumi.Output[str]
    """Address in the cluster, of the version that serves."""
    host: pulumi.Output[str | None]
    """Host name outside; none without `door` and `gateway`."""
    rollout_name: pulumi.Output[str]
    """Name of the Rollout, in its namespace."""
    role_arn: pulumi.Output[str]
    """Role of the pods."""

    def __init__(self, name: str, args: LlmServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)

        def program() -> served.Program:
            if (gpus := int(args["size"]["gpus"])) < 1:
                raise ValueError(f"LlmService {name!r}: size.gpus = {gpus}; allowed: 1 or more")
            tokens, minutes = int(args.get("max_tokens", 0)), int(args.get("start_minutes", 30))
            return vllm(args["model"], args["size"], tokens, minutes)

        self._serve(args, program)


def vllm(model: str, size: GpuSizeArgs, max_tokens: int, start_minutes: int) -> served.Program:
    """VLLM, whose one port answers requests and is scraped."""
    gpus, cache_gib = int(size["gpus"]), int(size.get("cache_gib", 100))
    cache, cache_mount = served.volume("cache", CACHE, cache_gib)
    shared, shared_mount = served.volume("shared", "/dev/shm", max(1, round(size["memory_gib"] / 4)), medium="Memory")
    scratch, scratch_mount = served.volume("tmp", "/tmp", 5)
    memory, gpu = served.gib(size["memory_gib"]), {GPU: str(gpus)}
    asked = {"cpu": served.cpus(size["cpus"]), "memory": memory, "ephemeral-storage": served.gib(cache_gib), **gpu}

    def server(version: str, model_uri: Any) -> dict[str, Any]:
        flags = {
            "served-model-name": model,
            "load-format": "runai_streamer",
            "tensor-parallel-size": str(gpus),
            "port": "8000",
            "shutdown-timeout": str(FINISH_SECONDS),
            **({"max-model-len": str(max_tokens)} if max_tokens else {}),
        }
        variables = {
            "HOME": CACHE,
            # Python's getpass reads it before the password database, which has no entry for the container's UID.
            "USER": "vllm",
            "VLLM_CACHE_ROOT": f"{CACHE}/vllm",
            "HF_HOME": f"{CACHE}/huggingface",
            "HF_HUB_OFFLINE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_HTTP_TIMEOUT_KEEP_ALIVE": str(served.KEEP_ALIVE_SECONDS),
        }
        return {
            "command": ["vllm", "serve"],
            "args": [model_uri, *(f"--{key}={value}" for key, value in flags.items())],
            "env": served.env(variables),
            # Requests and scrapes have one port, which can have one name: the one by which all models are scraped.
            "ports": [{"name": "metrics", "containerPort": 8000}],
            "startupProbe": served.probe(HEALTH, "metrics", 10, 6 * start_minutes),
            "readinessProbe": served.probe(HEALTH, "metrics", 5, 2),
            "livenessProbe": served.probe(HEALTH, "metrics", 10, 6),
            "resources": {"requests": asked, "limits": {"memory": memory, **gpu}},
            "volumeMounts": [cache_mount, shared_mount, scratch_mount],
        }

    nodes = {
        "nodeSelector": {POOL: size["pool"]},
        "tolerations": [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}],
    }
    named = {QUEUE: size.get("queue"), PRIORITY: size.get("priority")}
    queued = {key: value for key, value in named.items() if value is not None}
    volumes = [cache, shared, scratch]
    return served.Program(
        server,
        port="metrics",
        metrics="metrics",
        volumes=volumes,
        # Not /scale_elastic_ep, which vLLM always has, nor the other paths that change the server.
        paths=["/v1", HEALTH],
        health=HEALTH,
        finish_seconds=FINISH_SECONDS + EXIT_SECONDS,
        nodes=nodes,
        labels=queued,
    )
