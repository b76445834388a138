"""A rule, as data."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Duration = Annotated[str, Field(pattern=r"^[0-9]+[smhdw]$")]
"""As Prometheus writes it: 30s, 5m, 2h, 3d, 1w."""


class Severity(StrEnum):
    """How urgent it is."""

    PAGE = "page"
    """The person on call acts now: users are affected, and a person can help."""
    TICKET = "ticket"
    """A person looks at it in working hours."""
    INFO = "info"
    """Worth knowing; no action is needed."""


class Owner(StrEnum):
    """Who acts."""

    PLATFORM = "platform"
    """The team that runs the platform."""
    SERVICE = "service"
    """The team whose model service or job it is."""


class Missing(StrEnum):
    """What an alert does when the series that it reads are not there."""

    FIRES = "fires"
    """Nothing to see is the fault."""
    SILENT = "silent"
    """Nothing to see is no fault, or another alert says so."""


class Alert(BaseModel):
    """Something that a person has to know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^([A-Z][a-z0-9]+)+$", description="what is wrong; names its runbook too")
    expr: str = Field(description="PromQL; every series of its answer is an alert")
    wait: Duration = Field(default="0m", description="how long it must be so")
    severity: Severity
    owner: Owner
    summary: str = Field(description="one line with what and how much; a Go template of labels and value")
    missing: Missing = Field(description="what it does without data")
    noticed: str = Field(default="", description="alert that notices missing data where this one is silent")
    retrain: Literal["", "drift", "performance"] = Field(
        default="", description="kind of the trigger, if it also asks for a retraining of the model it names"
    )

    @model_validator(mode="after")
    def _says_how_much(self) -> "Alert":
        if "$value" not in self.summary:
            raise ValueError(f"{self.name}: the summary says no value; add {{{{ $value }}}}")
        if self.noticed and self.missing is Missing.FIRES:
            raise ValueError(f"{self.name}: it fires without data, so no other alert need notice; remove `noticed`")
        return self

    @property
    def shown_labels(self) -> frozenset[str]:
        """Labels that the summary shows."""
        return frozenset(re.findall(r"\$labels\.(\w+)", self.summary))

    def rendered(self, runbooks: str) -> dict[str, Any]:
        """The rule of a PrometheusRule; `runbooks` is the address of the folder of runbooks."""
        labels = {"severity": self.severity.value, "owner": self.owner.value}
        annotations = {"summary": self.summary, "runbook_url": f"{runbooks.rstrip('/')}/{self.name}.md"}
        if self.retrain:
            labels["retrain"] = "true"
            annotations["score"] = "{{ $value }}"
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.wait,
            "labels": labels,
            "annotations": annotations,
        }


class Recording(BaseModel):
    """A value that is worked out once, for many to read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^ml_platform:[a-z_]+:[a-z0-9_:]+$", description="ml_platform:OF:WHAT")
    expr: str
    labels: dict[str, str] = Field(default_factory=dict, description="labels added to the answer")

    def rendered(self) -> dict[str, Any]:
        """The rule of a PrometheusRule."""
        found: dict[str, Any] = {"record": self.name, "expr": self.expr}
        return {**found, "labels": self.labels} if self.labels else found


class Group(BaseModel):
    """Rules that are worked out one after another, recordings first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    recordings: tuple[Recording, ...] = ()
    alerts: tuple[Alert, ...] = ()

    def rendered(self, runbooks: str) -> dict[str, Any]:
        """The group of a PrometheusRule."""
        rules = [*(one.rendered() for one in self.recordings), *(one.rendered(runbooks) for one in self.alerts)]
        return {"name": f"ml-platform-{self.name}", "rules": rules}
