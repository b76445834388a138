"""A metric of the contract."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


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
