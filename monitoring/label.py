"""A label of a metric, and the values that it can have.

A matcher on a value that no series has selects nothing for ever, and an alert on it never fires. So the values are part
of the contract, as the names are.
"""

import re

from pydantic import BaseModel, ConfigDict, Field

_TEXT = re.compile(r"[^\\^$*+?.()\[\]{}|]*")
"""A regular expression that stands for itself."""


class Label(BaseModel):
    """A label. Either all its values are known, or the form that they have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-zA-Z_]\w*$")
    values: tuple[str, ...] = Field(
        default=(), description="every value that there is; empty if only the form is known"
    )
    form: str = Field(default="", description="regular expression that a value matches as a whole")
    examples: tuple[str, ...] = Field(description="values that made-up series have")
    complete: bool = Field(default=True, description="whether the examples show every shape that values have")
    optional: bool = Field(default=False, description="whether some series are without it")
    source: str = Field(default="", description="where the values are written, at the pinned version")

    def admits(self, value: str) -> bool:
        """Whether a series can have this value."""
        return value in self.values if self.values else re.fullmatch(self.form, value) is not None

    def misses(self, pattern: str) -> str:
        """First alternative of a regular expression that no value matches; empty if each matches some."""
        return next((part for part in alternatives(pattern) if not self._found(part)), "")

    def _found(self, pattern: str) -> bool:
        if _TEXT.fullmatch(pattern):
            return self.admits(pattern)
        tried = (*(self.values or self.examples), *([pattern] if self.admits(pattern) else []))
        return any(re.fullmatch(pattern, value) for value in tried) or not (self.values or self.complete)

    @property
    def allowed(self) -> str:
        """What a value may be, for people."""
        return ", ".join(f'"{value}"' for value in self.values) if self.values else f"the form {self.form}"


def known(name: str, *values: str, source: str, examples: tuple[str, ...] = ()) -> Label:
    """A label with all of its values.

    Args:
        name: Name of the label.
        values: Every value that a series can have.
        source: Where the emitter's version writes them.
        examples: Those that made-up series have. Default: all.
    """
    return Label(name=name, values=values, examples=examples or values, source=source)


def formed(name: str, form: str, *examples: str, source: str = "") -> Label:
    """A label whose values have a form; a regular expression on it must match one of the examples."""
    return Label(name=name, form=form, examples=examples, source=source)


def named(name: str, *examples: str, form: str = r"[a-zA-Z0-9]([-a-zA-Z0-9._:/]*[a-zA-Z0-9])?") -> Label:
    """A label whose values people choose; the examples are only some of them."""
    return Label(name=name, form=form, examples=examples or (f"{name}-a".replace("_", "-"),), complete=False)


def alternatives(pattern: str) -> list[str]:
    """Parts of a regular expression between the `|` that are in no group."""
    found, depth, start, skip = [], 0, 0, False
    for index, char in enumerate(pattern):
        if skip:
            skip = False
        elif char == "\\":
            skip = True
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "|" and depth == 0:
            found.append(pattern[start:index])
            start = index + 1
    return [*found, pattern[start:]]


_DNS = r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?"
"""Names of objects of Kubernetes, RFC 1123."""
NAMESPACE = named("namespace", form=_DNS)
POD = named("pod", form=_DNS)
CONTAINER = named("container", "main", form=_DNS)
NODE = named("node", form=_DNS)
NAME = named("name", form=_DNS)
MODEL = named("model", form=r"[a-z0-9][a-z0-9.-]*")
VERSION = named("version", "4", form=r"[a-zA-Z0-9][-a-zA-Z0-9._]*")
JOB = named("job")
INSTANCE = named("instance")
SERVICE = named("service", form=_DNS)
ENDPOINT = named("endpoint", "metrics")
ROLE = known(
    "role",
    "candidate",
    source="components/_monitoring_targets.py",
).model_copy(update={"optional": True})
"""Pods beside those that serve, of a shadow or an A/B test, have it; pods that serve do not."""
REGION = formed("region", r"[a-z]{2}(-[a-z]+)+-[0-9]", "eu-central-1")
ZONE = formed("zone", r"[a-z]{2}(-[a-z]+)+-[0-9][a-z]", "eu-central-1a")
CAPACITY = known(
    "capacity_type",
    *("spot", "on-demand", "reserved"),
    examples=("spot", "on-demand"),
    source="kubernetes-sigs/karpenter v1.14.1, pkg/apis/v1/labels.go",
)
CONDITION = known("condition", "true", "false", "unknown", source="kube-state-metrics 2.20.0, internal/store/utils.go")
STATUS = CONDITION.model_copy(update={"name": "status"})
TARGET = (JOB, INSTANCE, NAMESPACE, POD, CONTAINER, SERVICE, ENDPOINT)
"""Labels that scraping a pod adds, where the metric has none of that name (`honorLabels: true` everywhere)."""
SERVED = (*TARGET, MODEL, VERSION, ROLE)
"""The same for pods of a model service: labels of the pod that `components/_monitoring_targets.py` passes on."""
