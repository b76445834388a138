"""What is known of a served model before anything of it is made: its program, its versions, its place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components._governance import ProvenanceArgs, SystemArgs
from components._rollout import RolloutArgs, RolloutMode
from components._served_args import DoorArgs, GatewayArgs, PlaceArgs, ScalingArgs

Document = dict[str, Any]
NAME = "app.kubernetes.io/name"
"""Label of everything that belongs to one Rollout."""
DRAIN_SECONDS = 20
"""Seconds that a pod still takes requests after its deletion began: until no load balancer or proxy sends it any."""
IDLE_SECONDS = 300
"""Seconds without a byte after which the load balancer closes a connection. All models share one load balancer, so the
value is one for all (`load-balancer-attributes` is exclusive within an IngressGroup)."""
KEEP_ALIVE_SECONDS = IDLE_SECONDS + 30
"""Seconds that a server keeps an idle connection. A server that closes first makes the load balancer answer 502:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html"""


@dataclass(frozen=True)
class Program:
    """The server in the container.

    Attributes:
        server: Version and model URI to what its container has: command, ports, probes, resources, mounts.
        fetch: Model URI and digest to the same of a container that comes before it and gets the model, if the server
            does not do that itself.
        port: Name of the port that answers requests.
        metrics: Name of the port that is scraped.
        volumes: Its volumes.
        nodes: Node selector and tolerations.
        paths: Paths that are forwarded from outside, each with all below it.
        health: Path that answers 200 while the pod serves this model; the load balancer asks it.
        finish_seconds: Seconds from SIGTERM to the server's exit; it answers the requests that it has accepted.
        labels: Further labels of its pods.
    """

    server: Callable[[str, Any], Mapping[str, Any]]
    port: str
    metrics: str
    volumes: Sequence[Mapping[str, Any]]
    paths: Sequence[str]
    health: str
    finish_seconds: int
    fetch: Callable[[Any, str], Mapping[str, Any]] | None = None
    nodes: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end_seconds(self) -> int:
        """Seconds from the start of a pod's deletion to its kill."""
        return DRAIN_SECONDS + self.finish_seconds


@dataclass(frozen=True)
class Plan:
    """A served model.

    Attributes:
        name: The model's, and that of all that is made for it.
        version: The version that serves.
        image: Its image.
        model_uri: Where the model is.
        program: What runs it.
        rollout: How new versions get their traffic.
        scaling: How many pods.
        place: Where it runs.
        labels: Labels of everything.
        system: The AI system that it is part of.
        provenance: Where the version that serves comes from.
        captures_uri: Where its requests and answers are kept, if they are.
        door: The load balancer, if it has one.
        gateway: The Gateway, if it has one.
    """

    name: str
    version: str
    image: str
    model_uri: Any
    program: Program
    rollout: RolloutArgs
    scaling: ScalingArgs
    place: PlaceArgs
    labels: Mapping[str, str]
    system: SystemArgs
    provenance: ProvenanceArgs
    captures_uri: Any = None
    door: DoorArgs | None = None
    gateway: GatewayArgs | None = None

    @property
    def mode(self) -> RolloutMode:
        """How a new version gets its traffic."""
        return RolloutMode(self.rollout["mode"])

    def document(self, api: str, kind: str, name: str, spec: Any, **more: Any) -> Document:
        """An object of the model's namespace."""
        metadata = {"name": name, "namespace": self.place["namespace"], "labels": {**self.labels, NAME: name}}
        return {"apiVersion": api, "kind": kind, "metadata": {**metadata, **more}, "spec": spec}


def cpus(number: float) -> str:
    """VCPUs in the form that the API has for them: what is written otherwise would be changed, and then be a drift."""
    milli = round(1000 * number)
    return f"{milli}m" if milli % 1000 else str(milli // 1000)


def gib(number: float) -> str:
    """GiB in the form that the API has for them."""
    size, units = round(1024 * number), ["Mi", "Gi", "Ti"]
    while size % 1024 == 0 and len(units) > 1:
        size, units = size // 1024, units[1:]
    return f"{size}{units[0]}"


def env(variables: Mapping[str, Any]) -> list[Document]:
    """Variables as a container has them."""
    return [{"name": key, "value": value} for key, value in variables.items()]


def volume(name: str, path: str, size: int, **more: Any) -> tuple[Document, Document]:
    """A scratch volume of so many GiB that ends with its pod, and its mount."""
    return {"name": name, "emptyDir": {"sizeLimit": gib(size), **more}}, {"name": name, "mountPath": path}


def probe(path: str, port: str, period: int, failures: int) -> Document:
    """A probe by HTTP."""
    return {
        "httpGet": {"path": path, "port": port},
        "periodSeconds": period,
        "failureThreshold": failures,
        "timeoutSeconds": 3,
    }
