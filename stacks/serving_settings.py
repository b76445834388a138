"""Settings of served models: the ways in that they share, each model, and how its versions change."""

from typing import Annotated, Literal

from pydantic import Field

from stacks._fields import Image, Model, Prefix, Slug
from stacks.explain import like
from stacks.governance_settings import Provenance

Host = Annotated[str, like(r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", "a domain, such as ml.example.com")]
Url = Annotated[str, like(r"^https?://[^\s/]+(/\S*)?$", "a URL, such as http://prometheus.monitoring:9090")]
Version = Annotated[str, like(r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$", "a version as the registry has it")]
Header = Annotated[str, like(r"^[A-Za-z0-9-]{1,64}$", "the name of a header")]
Cron = Annotated[str, like(r"^\S+( \S+){4}$", "five fields of cron, such as 0 7 * * 1-5")]
Share = Annotated[int, Field(ge=1, le=100)]
Variable = Annotated[str, like(r"^[A-Z][A-Z0-9_]{0,63}$", "the name of an environment variable, upper case")]
Column = Annotated[str, Field(min_length=1, max_length=128)]


class Gateway(Model):
    """A Gateway of the Gateway API, whose class can mirror; load balancers of AWS cannot."""

    name: Slug
    namespace: Slug
    pods_namespace: Slug | None = Field(default=None, description="namespace of its proxy; none: the same")


class Serving(Model):
    """What served models share."""

    domain: Host = Field(description="domain that models are below; a certificate of ACM has *.DOMAIN")
    prometheus: Url = Field(description="URL of Prometheus in the cluster, which judges versions and counts requests")
    internal: bool = Field(default=True, description="reachable from the VPC only")
    gateway: Gateway | None = Field(default=None, description="for modes shadow and ab-test")


class Analysis(Model):
    """How a version is judged; an answer that is missing is a bad one."""

    max_error_percent: float = Field(ge=0, lt=100, description="share of requests that may fail, percent")
    max_latency_ms: int = Field(ge=1, description="time within which 95 % of requests are answered, milliseconds")
    min_requests: int = Field(default=20, ge=1, description="requests in a window without which nothing is known")
    window_seconds: int = Field(default=120, ge=5, description="how far back each asking looks")
    interval_seconds: int = Field(default=60, ge=1, description="seconds between two askings")
    checks: int = Field(default=5, ge=1, description="askings at every step")
    failures: int = Field(
        default=2, ge=0, description="answers to a question that may be bad; with the defaults, a request is in two"
    )
    errors: int = Field(default=3, ge=0, description="times in a row that Prometheus may not answer")


class Candidate(Model):
    """A version that runs beside the one that serves."""

    version: Version
    image: Image
    provenance: Provenance


class Match(Model):
    """Whose requests the candidate answers."""

    header: Header
    value: str = Field(min_length=1, max_length=128, description="its whole value")


class Direct(Model):
    """Replaces pod by pod, without shares and without judging."""

    mode: Literal["direct"] = "direct"


class Canary(Model):
    """Shifts traffic to the new version of the service itself, step by step, and back from a bad one."""

    mode: Literal["canary"]
    steps: tuple[Share, ...] = Field(default=(5, 25, 50, 100), min_length=1, description="shares in percent, growing")
    analysis: Analysis = Field(description="what each step is judged by")
    keep_seconds: int = Field(
        default=600, ge=0, description="seconds that pods of an aborted version are kept, to inspect them"
    )


class Shadow(Model):
    """Copies requests to a candidate whose answers are dropped, so no traffic is shifted or shifted back."""

    mode: Literal["shadow"]
    percent: Share = Field(description="share of requests that is copied")
    candidate: Candidate = Field(description="the version beside the one that serves")


class AbTest(Model):
    """Routes by a header to a candidate until the experiment is over, so no traffic is shifted or shifted back."""

    mode: Literal["ab-test"]
    match: Match = Field(description="whose requests the candidate answers")
    experiment: Slug = Field(description="name of the experiment")
    candidate: Candidate = Field(description="the version beside the one that serves")


class BlueGreen(Model):
    """Switches all traffic at once when all new pods are ready, so there are no shares."""

    mode: Literal["blue-green"]
    analysis: Analysis | None = Field(default=None, description="what it is judged by once it has all traffic")


class Hours(Model):
    """When a model that sleeps is awake."""

    start: Cron
    end: Cron
    timezone: str = Field(min_length=1, description="IANA time zone")


class Scaling(Model):
    """How many pods there are."""

    min: int = Field(ge=0, le=500, description="fewest pods; 0 of mode direct with hours, not in prod")
    max: int = Field(ge=1, le=500, description="most pods")


class ModelScaling(Scaling):
    """How many pods of a model there are, and by what."""

    requests_per_second: float = Field(gt=0, description="as many as one pod takes")
    in_flight: float = Field(default=8, gt=0, description="requests that wait or are worked at, of one pod")
    cpu_percent: int = Field(default=70, ge=10, le=100, description="share of its CPUs that a pod uses")
    hours: Hours | None = Field(default=None, description="when there is a pod whatever happens")


class LlmScaling(Scaling):
    """How many pods of a language model there are, and by what; a GPU takes minutes to come, so early."""

    kv_cache_percent: int = Field(default=70, ge=10, le=95, description="share of the KV cache of one pod in use")
    waiting: float = Field(default=4, gt=0, description="requests that wait, of one pod")


class Served(Model):
    """Settings that all served models have."""

    team: Slug = Field(description="tenant whose namespace it runs in")
    version: Version
    image: Image
    system: Slug = Field(description="the AI system that it is part of, of aiSystems")
    provenance: Provenance = Field(description="where the version comes from, and who approved it")
    store: Slug = Field(default="artifacts", description="store with its files below models/NAME/VERSION")
    rollout: Annotated[Direct | Canary | Shadow | AbTest | BlueGreen, Field(discriminator="mode")] = Direct()
    start_minutes: int | None = Field(default=None, ge=1, le=120, description="minutes that a pod has to start in")


class Limits(Model):
    """What one pod accepts; it refuses more at once, so that what it has accepted is answered in time."""

    request_mib: float | None = Field(
        default=None, gt=0, le=1000, description="largest body of a request after decompression, MiB; larger: 413"
    )
    request_seconds: int | None = Field(
        default=None, ge=1, le=240, description="longest time to an answer, seconds; then 504"
    )
    requests: int | None = Field(
        default=None, ge=1, le=10000, description="most requests that wait or are computed; then 503"
    )


class Batch(Model):
    """Adaptive batching of MLServer: requests that wait are computed together and answered one by one."""

    size: int = Field(ge=2, le=10000, description="most requests in a batch")
    milliseconds: float = Field(gt=0, le=10000, description="longest time that a batch waits for further requests")


class Server(Model):
    """How MLServer computes."""

    threads: int | None = Field(
        default=None, ge=1, le=192, description="threads of OpenMP, OpenBLAS and joblib; none: cpus, rounded down"
    )
    predictions: int | None = Field(
        default=None, ge=1, le=192, description="predictions at the same time, a thread each"
    )
    batch: Batch | None = Field(default=None, description="adaptive batching; none: each request by itself")
    warm_up: Prefix | None = Field(
        default=None, description="file in the model's folder: a request that is answered before the pod is ready"
    )
    variables: dict[Variable, str] = Field(default={}, description="further environment variables; no secrets")


class Captures(Model):
    """What is captured of a model that `capture.samplingPercent` names."""

    queue_mib: int | None = Field(default=None, ge=1, le=4096, description="most memory of requests that wait, MiB")
    columns: tuple[Column, ...] | None = Field(default=None, description="input columns that are captured; none: all")
    hashed: tuple[Column, ...] = Field(default=(), description="columns of which an HMAC-SHA256 is captured")
    masked: tuple[Column, ...] = Field(default=(), description="columns of which only is captured if there is a value")
    key_secret: Slug | None = Field(default=None, description="secret of secrets.names with the key of the HMAC")


class Service(Served):
    """A model, served by MLServer; the image has it and the model's libraries."""

    cpus: float = Field(gt=0, le=192, description="vCPUs of a pod")
    memory_gib: float = Field(gt=0, le=1000, description="memory of a pod, GiB")
    scaling: ModelScaling
    format: Literal["sklearn", "xgboost", "lightgbm", "pyfunc", "onnx"] = Field(
        default="sklearn", description="what the model's folder has"
    )
    limits: Limits = Field(default=Limits(), description="what one pod accepts")
    server: Server = Field(default=Server(), description="how MLServer computes")
    captures: Captures = Field(default=Captures(), description="what is captured of it")


class Llm(Served):
    """A language model, served by vLLM on GPUs."""

    pool: Slug = Field(description="node pool of use serving")
    gpus: int = Field(ge=1, le=16, description="GPUs of a pod")
    cpus: float = Field(gt=0, le=192, description="vCPUs of a pod")
    memory_gib: float = Field(gt=0, le=2000, description="memory of a pod, GiB")
    max_tokens: int | None = Field(default=None, ge=1, description="longest request with its answer; none: the model's")
    scaling: LlmScaling
