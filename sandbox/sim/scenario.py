"""What a scenario says: work that arrives, and what happens to the machines. Times are minutes of the scenario."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

MOST_PODS = 2000  # of which a scheduler on a small machine places some 15 a second

Minute = Annotated[float, Field(ge=0)]
NAME = r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$"
Name = Annotated[str, StringConstraints(pattern=NAME)]
Zone = Literal["a", "b", "c"]
Gpus = Annotated[int, Field(ge=1, le=8)]


class Model(BaseModel):
    """Frozen and without extras, because a misspelt key must not be ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class Jobs(Model):
    """Jobs of one kind, each one pod that runs for some minutes."""

    name: Name = Field(description="a name for the group of jobs")
    count: int = Field(ge=1, le=MOST_PODS, description="how many jobs arrive")
    minutes: float = Field(gt=0, description="how long each runs, in minutes")
    gpus: Gpus = Field(default=1, description="GPUs of each")
    at: Minute = Field(default=0, description="minute in which the first arrives")
    every: Minute = Field(default=0, description="minutes between two arrivals; 0: all at once")
    checkpoint: float | None = Field(
        default=None, gt=0, description="minutes between checkpoints; none: all work is lost"
    )
    team: Name | None = Field(default=None, description="whose quota and namespace it uses")


class Step(Model):
    """From a minute on, this many replicas."""

    at: Minute = Field(description="minute from which it counts")
    count: int = Field(ge=0, le=MOST_PODS, description="replicas")


class Service(Model):
    """A service that runs all the time, in changing numbers."""

    name: Name = Field(description="a name for the service")
    replicas: tuple[Step, ...] = Field(min_length=1, description="replicas over time, a list of at and count")
    gpus: Gpus = Field(default=1, description="GPUs of each replica")
    team: Name | None = Field(default=None, description="whose quota and namespace it uses")


class Interruption(Model):
    """AWS takes spot nodes back, after two minutes of warning."""

    at: Minute = Field(description="minute of the warning")
    share: float = Field(gt=0, le=1, description="share of the spot nodes that run then")
    zones: tuple[Zone, ...] = Field(default=(), description="zones it happens in; none: all")


class Shortage(Model):
    """AWS has no such machines to give for a while; those that run go on."""

    at: Minute = Field(description="minute in which it begins")
    until: Minute = Field(description="minute in which it ends")
    capacity: Literal["spot", "on-demand"] = Field(default="spot", description="spot or on-demand")
    zones: tuple[Zone, ...] = Field(default=(), description="zones it happens in; none: all")
    families: tuple[str, ...] = Field(default=(), description="instance families, such as g5; none: all")


class Scenario(Model):
    """A scenario, whose rules hold between its parts too."""

    description: str = Field(description="what it shows, in a sentence")
    minutes: float = Field(gt=0, le=1440, description="its length, in minutes; unfinished jobs have as long again")
    speed: float = Field(default=1, ge=0.1, le=10, description="minutes of the scenario per second played")
    jobs: tuple[Jobs, ...] = ()
    services: tuple[Service, ...] = ()
    interruptions: tuple[Interruption, ...] = ()
    shortages: tuple[Shortage, ...] = ()
    quotas: dict[Name, Annotated[int, Field(ge=1)]] = Field(
        default={}, description="team to the most GPUs it has at a time; a tenant has those of its own queue"
    )

    @property
    def teams(self) -> set[str]:
        """Names of the teams whose work it has; work without one is everybody's, ''."""
        return {one.team or "" for one in (*self.jobs, *self.services)}

    @model_validator(mode="after")
    def _consistent(self) -> "Scenario":
        if problems := list(self._problems()):
            raise ValueError("\n".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        if not self.jobs and not self.services:
            yield "jobs, services: missing; add at least one of either"
        pods = sum(one.count for one in self.jobs)
        pods += sum(max(step.count for step in one.replicas) for one in self.services)
        if pods > MOST_PODS:
            yield f"jobs, services = {pods} pods: allowed: up to {MOST_PODS} together"
        for name, count in Counter(one.name for one in (*self.jobs, *self.services)).items():
            if count > 1:
                yield f"name = {name!r}: allowed: a name for one thing, not for {count}"
        for path, minute in self._times():
            if minute > self.minutes:
                yield f"{path} = {minute:g}: allowed: 0 to minutes, {self.minutes:g}"
        for number, short in enumerate(self.shortages):
            if short.until <= short.at:
                yield f"shortages.{number}.until = {short.until:g}: allowed: later than at, {short.at:g}"
        for number, one in enumerate(self.services):
            if [step.at for step in one.replicas] != sorted({step.at for step in one.replicas}):
                yield f"services.{number}.replicas: allowed: steps in the order of their minutes"
        for team in sorted(set(self.quotas) - self.teams):
            yield f"quotas.{team}: no job or service has this team; there are: {', '.join(sorted(self.teams - {''}))}"
        for kind, works in ("jobs", self.jobs), ("services", self.services):
            for number, work in enumerate(works):
                most = self.quotas.get(work.team or "")
                if most and work.gpus > most:
                    yield f"{kind}.{number}.gpus = {work.gpus}: allowed: up to quotas.{work.team}, {most}"

    def _times(self) -> Iterator[tuple[str, float]]:
        for number, jobs in enumerate(self.jobs):
            yield f"jobs.{number}.at", jobs.at
            yield f"jobs.{number}.at + (count - 1) * every", jobs.at + (jobs.count - 1) * jobs.every
        for number, one in enumerate(self.services):
            yield f"services.{number}.replicas", max(step.at for step in one.replicas)
        for number, stop in enumerate(self.interruptions):
            yield f"interruptions.{number}.at", stop.at
        for number, short in enumerate(self.shortages):
            yield f"shortages.{number}.until", short.until


def read(file: Path) -> Any:
    """The document of a scenario file, unchecked.

    Raises:
        ValueError: It cannot be read, or is not YAML.
    """
    try:
        return yaml.safe_load(file.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{file}: cannot be read: {' '.join(str(error).split())}") from None
