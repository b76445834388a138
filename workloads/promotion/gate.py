"""What a model must be before an alias points at it: thresholds by model, and which checks an alias demands."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_@-]+$", max_length=64)]
MetricName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./ -]+$", max_length=250)]
PublicKey = Annotated[
    str, StringConstraints(pattern=r"(?s)^-----BEGIN PUBLIC KEY-----\s.*-----END PUBLIC KEY-----\s*$")
]


class Check(StrEnum):
    """What can be demanded of a model version, in the order it is told."""

    QUALITY = "quality"
    CHAMPION = "champion"
    FAIRNESS = "fairness"
    LATENCY = "latency"
    SIZE = "size"
    LINEAGE = "lineage"
    APPROVAL = "approval"


class Alias(StrEnum):
    """What the registry points at a version with."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    SHADOW = "shadow"


class Risk(StrEnum):
    """Risk tier of a model, the highest last."""

    MINIMAL = "minimal"
    LIMITED = "limited"
    HIGH = "high"


class _Model(BaseModel):
    """Frozen and without extras: a misspelt threshold must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Quality(_Model):
    """The metric that says how good a model is; either it must be high or it must be low."""

    metric: MetricName = Field(description="metric of the run, such as auc")
    at_least: FiniteFloat | None = Field(default=None, description="least value, where more is better")
    at_most: FiniteFloat | None = Field(default=None, description="largest value, where less is better")
    max_loss: FiniteFloat = Field(
        default=0,
        ge=0,
        description="how much worse than the champion it may be; for auc, accuracy, brier, log_loss, mae and mse the "
        "99 % interval of the difference must lie above it",
    )

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("quality needs atLeast or atMost, and not both")
        return self


class Fairness(_Model):
    """How far apart the slices of the data may be, in one metric."""

    metric: MetricName = Field(description="metric of the slices; the run has it as slice.<metric>.<slice>")
    max_gap: FiniteFloat = Field(ge=0, description="largest difference between any two slices")
    slices: tuple[Name, ...] = Field(min_length=2, description="slices that the run must have measured")
    min_rows: int = Field(
        default=200, ge=1, description="least rows of a slice; the run has them as slice.rows.<slice>"
    )


class Bound(_Model):
    """A metric that must be low."""

    metric: MetricName = Field(description="metric of the run, such as latency_p95_ms")
    at_most: FiniteFloat = Field(gt=0, description="largest value, in the unit of the metric")


class Gate(_Model):
    """Thresholds of one model. A check that is demanded and has no threshold here is unknown, and so not passed."""

    risk: Risk | None = Field(default=None, description="least risk tier; the registry's tag may only raise it")
    quality: Quality | None = None
    fairness: Fairness | None = None
    latency: Bound | None = None
    max_mib: int | None = Field(default=None, ge=1, description="largest size of all files of the model, MiB")
    approvals: int = Field(default=2, ge=2, le=5, description="distinct approvers that risk tier high needs")


class Policy(_Model):
    """The gates of an environment."""

    aliases: Mapping[Alias, tuple[Check, ...]] = Field(min_length=1, description="alias to what it demands")
    models: Mapping[str, Gate] = Field(default={}, description="registered model to its thresholds")
    approvers: Mapping[Name, PublicKey] = Field(default={}, description="approver to the public key, PEM, P-256")
