"""What is watched: the services, teams and limits of an environment, and the bounds that its alerts have."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from monitoring.emitters import mlserver, vllm

PAGE_FACTORS = (14.4, 6.0)
"""Rates of spending an error budget of 30 days that are a page: 2 % in an hour, 5 % in six hours."""
TICKET_FACTORS = (3.0, 1.0)
"""Rates for a ticket: 10 % in a day, 10 % in three days. Both pairs are those of the SRE workbook, chapter 5."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Server(StrEnum):
    """What serves a model."""

    MLSERVER = "mlserver"
    VLLM = "vllm"


BUCKETS = {Server.MLSERVER: mlserver.BOUNDS, Server.VLLM: vllm.FIRST_TOKEN}
"""Bounds, in seconds, in which a server counts what `fast_seconds` is about: only there is the share in time known."""
DEFAULT_SECONDS = 0.5
"""What is fast for MLServer without a promise. A language model has no such time unless its owner promises one."""


def never_fires(objective: float) -> float | None:
    """Lowest factor whose rate is more than every request failing, so that its alert could never fire; None if none is.

    Args:
        objective: Share of requests that must be good, 0 to 1.
    """
    return min((factor for factor in (*PAGE_FACTORS, *TICKET_FACTORS) if factor * (1 - objective) >= 1), default=None)


class Service(_Frozen):
    """A model service and what it promises."""

    model: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", description="model, as the pods' label ml-platform/model says")
    namespace: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="namespace of its pods")
    server: Server = Field(default=Server.MLSERVER, description="what serves it")
    min_replicas: int = Field(
        default=1, ge=0, description="replicas that there always are; 0 where absence is no fault"
    )
    availability: float = Field(default=0.999, gt=0, lt=1, description="share of requests without error, 30 days")
    fast_share: float = Field(default=0.99, gt=0, lt=1, description="share of requests answered in time, 30 days")
    fast_seconds: float | None = Field(
        default=None,
        gt=0,
        description="what in time is: seconds to the answer of MLServer (default 0.5), to the first token of vLLM"
        " (default: no objective); a bound of the server's buckets",
    )
    token_seconds: float | None = Field(
        default=None, gt=0, description="time between two tokens that `fast_share` of them keep, 30 days; vLLM"
    )
    p50_seconds: float | None = Field(default=None, gt=0, description="median from which a ticket is opened")
    p95_seconds: float | None = Field(default=None, gt=0, description="95th percentile from which a ticket is opened")
    p99_seconds: float | None = Field(default=None, gt=0, description="99th percentile from which a ticket is opened")
    in_progress: float | None = Field(default=None, gt=0, description="requests at a time that a replica is good for")
    first_token_seconds: float | None = Field(default=None, gt=0, description="95th percentile of the first token")
    queue: float | None = Field(default=None, gt=0, description="requests that may wait at a replica; vLLM")
    usd_per_thousand: float | None = Field(default=None, gt=0, description="what a thousand answers may cost")
    drift_period_seconds: float | None = Field(default=None, gt=0, description="how often the drift job judges it")
    truth_seconds: float | None = Field(default=None, gt=0, description="how old the newest true outcome may be")
    min_drift_rows: float | None = Field(
        default=None, gt=0, description="predictions in a window below which the drift job gives no verdict"
    )

    @property
    def labels(self) -> dict[str, str]:
        """Labels that identify everything that is measured of it."""
        return {"namespace": self.namespace, "model": self.model}

    @property
    def in_time(self) -> float | None:
        """Seconds within which a request is in time; None if there is no such objective."""
        default = DEFAULT_SECONDS if self.server is Server.MLSERVER else None
        return default if self.fast_seconds is None else self.fast_seconds

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        bounds = {
            "fastSeconds": (self.in_time, BUCKETS[self.server]),
            "tokenSeconds": (self.token_seconds, vllm.NEXT_TOKEN),
        }
        for name, (seconds, buckets) in bounds.items():
            if seconds is not None and seconds not in buckets:
                allowed = ", ".join(f"{bound:g}" for bound in buckets)
                raise ValueError(f"{name} = {seconds:g}: allowed for {self.server}: {allowed}")
        for name, objective in (("availability", self.availability), ("fastShare", self.fast_share)):
            if factor := never_fires(objective):
                raise ValueError(
                    f"{name} = {objective:g}: an alert on {factor:g} times its budget could never fire; "
                    f"allowed: more than {1 - 1 / max(PAGE_FACTORS):.3f}"
                )
        for name in ("first_token_seconds", "queue", "token_seconds"):
            if self.server is not Server.VLLM and getattr(self, name) is not None:
                raise ValueError(f"{to_camel(name)}: {self.server} has none; remove it, or set server to vllm")
        return self


class Thresholds(_Frozen):
    """Bounds of alerts that are the same for all services."""

    min_failures: float = Field(
        default=5, ge=1, description="bad requests in the long window without which no budget burns"
    )
    min_requests: float = Field(default=100, ge=0, description="requests in an hour that a price of one needs")
    prediction_shift: float = Field(
        default=0.2, gt=0, description="population stability index of predictions, from one day to the next"
    )
    min_predictions: float = Field(default=200, ge=0, description="predictions in an hour that a shift needs")
    data_quality_failed_share: float = Field(default=0.05, ge=0, lt=1, description="share of checks that may fail")
    captures_lost: float = Field(default=0.05, gt=0, lt=1, description="share of captures that may be lost")
    cache_usage: float = Field(default=0.95, gt=0, le=1, description="share of the KV cache that may be in use")
    stuck_cores: float = Field(default=0.02, gt=0, description="cores that a job at work uses at least")
    checkpoint_hours: float = Field(default=2, gt=0, description="age of a running job's last checkpoint")
    spot_interruptions: float = Field(default=5, ge=0, description="interruptions in 15 minutes")
    launch_failures: float = Field(default=20, ge=0, description="failed launches for one reason in 15 minutes")
    pool_used: float = Field(default=0.9, gt=0, le=1, description="share of a pool's limit that may be in use")
    gpu_idle_percent: float = Field(default=5, ge=0, le=100, description="use of a GPU below which it is idle")
    queue_used: float = Field(
        default=0.5, gt=0, le=1, description="share of a queue's quota below which waiting jobs are not for want of it"
    )
    gpu_celsius: float = Field(default=85, gt=0, description="temperature of a GPU")
    cost_growth: float = Field(default=1.5, gt=1, description="cost in relation to the same hours a week before")
    certificate_days: float = Field(default=14, gt=0, description="days a certificate must last")
    volume_free: float = Field(default=0.1, gt=0, lt=1, description="share of a volume that must be free")
    database_free: float = Field(
        default=0.1, gt=0, lt=1, description="room that the database must have, as a share of its storage at first"
    )
    database_cpu_percent: float = Field(default=90, gt=0, le=100, description="processor time of the database")
    connections_used: float = Field(default=0.8, gt=0, le=1, description="share of the database's connections in use")
    cache_percent: float = Field(default=85, gt=0, le=100, description="memory in use of the store of features")
    message_hours: float = Field(
        default=6, gt=0, description="age of the oldest message of a queue; SQS drops it after four days"
    )
    delivery_minutes: float = Field(
        default=30, gt=0, description="age of the oldest record that Firehose has not delivered; it buffers up to 15"
    )
    balancer_errors: float = Field(
        default=0.05, gt=0, lt=1, description="share of requests that the load balancer itself answers with 5xx"
    )


class Database(_Frozen):
    """The database of the platform."""

    gib: float = Field(gt=0, description="storage that it has at first; RDS adds to it, up to its maximum")
    connections: float | None = Field(default=None, gt=0, description="connections that it allows, if that is known")


class Watched(_Frozen):
    """What an environment has."""

    services: tuple[Service, ...] = ()
    job_namespaces: tuple[str, ...] = Field(default=(), description="namespaces in which teams train")
    monthly_usd: float | None = Field(default=None, gt=0, description="what the cluster's nodes may cost a month")
    emitters: tuple[str, ...] = Field(
        default=(), description="emitters that must be there, as the catalogue calls them"
    )
    database: Database | None = Field(default=None, description="the database, if there is one")
    backups: bool = Field(default=True, description="whether AWS Backup is to save it every night")
    thresholds: Thresholds = Thresholds()

    @model_validator(mode="after")
    def _once(self) -> Self:
        seen: set[tuple[str, str]] = set()
        for service in self.services:
            if (key := (service.namespace, service.model)) in seen:
                raise ValueError(f"services: {service.namespace}/{service.model} is there twice")
            seen.add(key)
        return self
