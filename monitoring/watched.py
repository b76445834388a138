"""What is watched: the services, teams and limits of an environment, and the bounds that its alerts have."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

PAGE_FACTORS = (14.4, 6.0)
"""Rates of spending an error budget of 30 days that wake somebody: 2 % in an hour, 5 % in six hours."""
TICKET_FACTORS = (3.0, 1.0)
"""Rates for a ticket: 10 % in a day, 10 % in three days. Both pairs are those of the SRE workbook, chapter 5."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Server(StrEnum):
    """What serves a model."""

    MLSERVER = "mlserver"
    VLLM = "vllm"


BUCKETS = {
    Server.MLSERVER: (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
    Server.VLLM: (0.3, 0.5, 0.8, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0, 120.0, 240.0),
}
"""Bounds, in seconds, in which a server counts its latency: only there is the share of slow requests known."""


def never_fires(objective: float) -> float | None:
    """Lowest factor whose rate is more than every request failing, so that its alert could never fire; None if none is.

    Args:
        objective: Share of requests that must be good, 0 to 1.
    """
    return min((factor for factor in (*PAGE_FACTORS, *TICKET_FACTORS) if factor * (1 - objective) >= 1), default=None)


class Service(_Frozen):
    """A model service and what is promised of it."""

    model: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", description="model, as the pods' label ml-platform/model says")
    namespace: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="namespace of its pods")
    server: Server = Field(default=Server.MLSERVER, description="what serves it")
    min_replicas: int = Field(
        default=1, ge=0, description="replicas that there always are; 0 where absence is no fault"
    )
    availability: float = Field(default=0.999, gt=0, lt=1, description="share of requests without error, 30 days")
    fast_share: float = Field(default=0.99, gt=0, lt=1, description="share of requests answered in time, 30 days")
    fast_seconds: float = Field(default=0.5, gt=0, description="what in time is; a bound of the server's buckets")
    p50_seconds: float | None = Field(default=None, gt=0, description="median from which a ticket is opened")
    p95_seconds: float | None = Field(default=None, gt=0, description="95th percentile from which a ticket is opened")
    p99_seconds: float | None = Field(default=None, gt=0, description="99th percentile from which a ticket is opened")
    in_progress: float | None = Field(default=None, gt=0, description="requests at a time that a replica is good for")
    first_token_seconds: float | None = Field(default=None, gt=0, description="95th percentile of the first token")
    queue: float | None = Field(default=None, gt=0, description="requests that may wait at a replica; vLLM")
    usd_per_thousand: float | None = Field(default=None, gt=0, description="what a thousand answers may cost")
    drift_period_seconds: float | None = Field(default=None, gt=0, description="how often the drift job judges it")
    truth_seconds: float | None = Field(default=None, gt=0, description="how old the newest true outcome may be")

    @property
    def labels(self) -> dict[str, str]:
        """Labels by which everything that is measured of it is told apart."""
        return {"namespace": self.namespace, "model": self.model}

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if self.fast_seconds not in BUCKETS[self.server]:
            allowed = ", ".join(f"{bound:g}" for bound in BUCKETS[self.server])
            raise ValueError(f"fastSeconds = {self.fast_seconds:g}: allowed for {self.server}: {allowed}")
        for name, objective in (("availability", self.availability), ("fastShare", self.fast_share)):
            if factor := never_fires(objective):
                raise ValueError(
                    f"{name} = {objective:g}: an alert on {factor:g} times its budget could never fire; "
                    f"allowed: more than {1 - 1 / max(PAGE_FACTORS):.3f}"
                )
        for name in ("first_token_seconds", "queue"):
            if self.server is not Server.VLLM and getattr(self, name) is not None:
                raise ValueError(f"{to_camel(name)}: {self.server} has none; remove it, or set server to vllm")
        return self


class Thresholds(_Frozen):
    """Bounds of alerts that are the same for all services."""

    min_requests: float = Field(default=100, ge=0, description="requests in the long window without which none burns")
    prediction_shift: float = Field(default=0.15, gt=0, lt=1, description="change in the share of low predictions")
    min_predictions: float = Field(default=200, ge=0, description="predictions in an hour that a shift needs")
    data_quality_failed_share: float = Field(default=0.05, ge=0, lt=1, description="share of checks that may fail")
    captures_lost: float = Field(default=0.05, gt=0, lt=1, description="share of captures that may be lost")
    min_drift_rows: float = Field(default=200, ge=0, description="predictions without which drift is not judged")
    cache_usage: float = Field(default=0.95, gt=0, le=1, description="share of the KV cache that may be in use")
    stuck_cores: float = Field(default=0.02, gt=0, description="cores that a job at work uses at least")
    checkpoint_hours: float = Field(default=2, gt=0, description="age of a running job's last checkpoint")
    spot_interruptions: float = Field(default=5, ge=0, description="interruptions in 15 minutes")
    launch_failures: float = Field(default=20, ge=0, description="failed launches for one reason in 15 minutes")
    pool_used: float = Field(default=0.9, gt=0, le=1, description="share of a pool's limit that may be in use")
    gpu_idle_percent: float = Field(default=5, ge=0, le=100, description="use of a GPU below which it is idle")
    gpu_celsius: float = Field(default=85, gt=0, description="temperature of a GPU")
    cost_growth: float = Field(default=1.5, gt=1, description="cost in relation to the same hours a week before")
    certificate_days: float = Field(default=14, gt=0, description="days a certificate must last")
    volume_free: float = Field(default=0.1, gt=0, lt=1, description="share of a volume that must be free")
    database_free_gib: float = Field(default=20, gt=0, description="room that the database must have")


class Watched(_Frozen):
    """What an environment has."""

    services: tuple[Service, ...] = ()
    job_namespaces: tuple[str, ...] = Field(default=(), description="namespaces in which teams train")
    monthly_usd: float | None = Field(default=None, gt=0, description="what the cluster's nodes may cost a month")
    emitters: tuple[str, ...] = Field(
        default=(), description="emitters that must be there, as the catalogue calls them"
    )
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
