"""A metric of the contract."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

TARGET = ("job", "instance", "namespace", "pod", "container", "service", "endpoint")
"""Labels that scraping a pod adds, where the metric has none of that name (`honorLabels: true` everywhere)."""
SERVED = (*TARGET, "model", "version")
"""The same for pods of a model service, whose labels `ml-platform/model` and `ml-platform/version` come with it."""


class Kind(StrEnum):
    """What a metric is; a histogram is read by the names `_bucket`, `_sum` and `_count`."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Emitter(BaseModel):
    """A program that emits metrics, in the version whose names these are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="the program, as its chart or package is called")
    version: str = Field(description="version whose metrics were read")
    target_labels: tuple[str, ...] = Field(default=(), description="labels that scraping adds, as pod and namespace")
    source: str = Field(description="where the names were seen: a scrape, or a file of the project's repository")
    heartbeat: str = Field(default="", description="series that is there as long as the emitter is, to notice its loss")

    def counter(self, name: str, unit: str, text: str, *labels: str) -> "Metric":
        """A counter that it emits."""
        return Metric(name=name, kind=Kind.COUNTER, unit=unit, help=text, labels=labels, emitter=self)

    def gauge(self, name: str, unit: str, text: str, *labels: str) -> "Metric":
        """A gauge that it emits."""
        return Metric(name=name, kind=Kind.GAUGE, unit=unit, help=text, labels=labels, emitter=self)

    def histogram(self, name: str, unit: str, text: str, *labels: str) -> "Metric":
        """A histogram that it emits."""
        return Metric(name=name, kind=Kind.HISTOGRAM, unit=unit, help=text, labels=labels, emitter=self)


class Metric(BaseModel):
    """A name that may be read, with what it means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$", description="as exposed, a counter with its `_total`")
    kind: Kind
    unit: str = Field(description="seconds, bytes, ratio, USD/hour, or what is counted")
    labels: tuple[str, ...] = Field(default=(), description="labels of its own, without those of scraping")
    help: str = Field(description="one line: what it says")
    emitter: Emitter

    @property
    def series(self) -> tuple[str, ...]:
        """Names of its series."""
        return (
            tuple(self.name + end for end in ("_bucket", "_sum", "_count"))
            if self.kind == "histogram"
            else (self.name,)
        )

    @property
    def all_labels(self) -> frozenset[str]:
        """Labels that an expression may read, `le` of a histogram included."""
        own = ("le",) if self.kind == "histogram" else ()
        return frozenset((*self.labels, *self.emitter.target_labels, *own))
