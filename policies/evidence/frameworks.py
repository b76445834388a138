"""The controls of each framework, from dated files; titles are in our own words where a text is not free."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

_FILES = Path(__file__).parent / "frameworks"


class Entry(BaseModel):
    """A control.

    Attributes:
        title: What it asks for, in a few words.
        applies: From when, if a law says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    applies: date | None = None


class Framework(BaseModel):
    """A framework in one version.

    Attributes:
        framework: Its name, as rules give it.
        version: Its version, as rules give it.
        source: Where the list is from.
        dated: When it was written down.
        scope: What of the framework is listed.
        dates: From when what applies, if it is a law.
        controls: Id to control, in the order of the framework.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    framework: str
    version: str
    source: str
    dated: date
    scope: str
    dates: dict[date, str] = Field(default_factory=dict)
    controls: dict[str, Entry]

    @field_validator("controls", mode="before")
    @classmethod
    def _titles(cls, value: Any) -> Any:
        return {key: {"title": item} if isinstance(item, str) else item for key, item in value.items()}

    @property
    def name(self) -> str:
        """Framework and version."""
        return f"{self.framework}, {self.version}"

    def entry(self, control: str) -> Entry | None:
        """The control of an id; an enhancement or a paragraph such as `SC-28(1)` has that of what it belongs to."""
        return self.controls.get(control) or self.controls.get(re.sub(r"(\(\w+\))+$", "", control))


@cache
def frameworks() -> tuple[Framework, ...]:
    """Every framework, by file name."""
    return tuple(Framework.model_validate(yaml.safe_load(file.read_text())) for file in sorted(_FILES.glob("*.yaml")))


def by_name() -> Mapping[tuple[str, str], Framework]:
    """Name and version to framework."""
    return {(one.framework, one.version): one for one in frameworks()}
