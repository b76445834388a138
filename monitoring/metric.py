"""A metric of the contract."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from monitoring.label import Label, formed, known

_BOUND = formed("le", r"[0-9]+\.[0-9]+|[0-9.]+e[+-]?[0-9]+|\+Inf", "0.1", "1.0", "10.0", "60.0", "+Inf")


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
    target_labels: tuple[Label, ...] = Field(default=(), description="labels that scraping adds, as pod and namespace")
    source: str = Field(description="where the names were seen: a scrape, or a file of the project's repository")
    heartbeat: str = Field(default="", description="series that is there as long as the emitter is, to notice its loss")

    def counter(self, name: str, unit: str, text: str, *labels: Label) -> "Metric":
        """A counter that it emits."""
        return Metric(name=name, kind=Kind.COUNTER, unit=unit, help=text, labels=labels, emitter=self)

    def gauge(self, name: str, unit: str, text: str, *labels: Label) -> "Metric":
        """A gauge that it emits."""
        return Metric(name=name, kind=Kind.GAUGE, unit=unit, help=text, labels=labels, emitter=self)

    def histogram(self, name: str, unit: str, text: str, *labels: Label, bounds: tuple[str, ...] = ()) -> "Metric":
        """A histogram that it emits; `bounds` are the values of `le`, where they are known."""
        return Metric(name=name, kind=Kind.HISTOGRAM, unit=unit, help=text, labels=labels, emitter=self, bounds=bounds)


class Metric(BaseModel):
    """A name that may be read, with what it means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$", description="as exposed, a counter with its `_total`")
    kind: Kind
    unit: str = Field(description="seconds, bytes, ratio, USD/hour, or what is counted")
    labels: tuple[Label, ...] = Field(default=(), description="labels of its own, without those of scraping")
    bounds: tuple[str, ...] = Field(default=(), description="upper bounds of a histogram's buckets, without +Inf")
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
    def own_names(self) -> tuple[str, ...]:
        """Names of the labels of its own."""
        return tuple(label.name for label in self.labels)

    @property
    def by_name(self) -> dict[str, Label]:
        """Name to label, of all that an expression may read, `le` of a histogram included."""
        found = {label.name: label for label in (*self.emitter.target_labels, *self.labels)}
        return {**found, "le": self._le} if self.kind == "histogram" else found

    @property
    def all_labels(self) -> frozenset[str]:
        """Names of the labels that an expression may read."""
        return frozenset(self.by_name)

    @property
    def _le(self) -> Label:
        return known("le", *self.bounds, "+Inf", source=self.emitter.source) if self.bounds else _BOUND


def floats(*bounds: float) -> tuple[str, ...]:
    """Bounds as Prometheus 3 keeps them: 1.0, also where a program writes 1."""
    return tuple(str(float(bound)) for bound in bounds)
