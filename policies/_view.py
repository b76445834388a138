"""What a rule sees: resources whose values are known, absent or not known yet, wherever they were read from."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, Final

from policies.profiles import Profile, profile_of


class _Special(Enum):
    ABSENT = "absent"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        # `if value:` would take "not known yet" for a value; every use has to say which one it means.
        raise TypeError(f"{self} is neither true nor false: compare with `is`")


ABSENT: Final = _Special.ABSENT
"""Nobody set the value."""
UNKNOWN: Final = _Special.UNKNOWN
"""The value exists only after the update, as the ARN of a key that is about to be made."""


@dataclass(frozen=True)
class Resource:
    """One resource, as its inputs or its state.

    Attributes:
        type: Type token, for example `aws:s3/bucket:Bucket`.
        urn: Pulumi's name of it; its ARN where it was read from an account, `kind/namespace/name` from a cluster.
        properties: camelCase names to plain values; `UNKNOWN` stands for what is not known, at any depth.
        protect: Whether Pulumi refuses to delete it; None where that cannot be seen, as in an account.
        sources: Property to the URNs of the resources its value comes from; known even where the value is not.
        provider: Properties of the provider that manages it.
        secrets: Paths of the properties that Pulumi keeps as secrets; None where that cannot be seen.
        unread: Why it could not be read, if it stands for all that may exist of its type; no rule can judge it.
        source: File and line of the program that registers it; None where nobody wrote that down.
    """

    type: str
    urn: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    protect: bool | None = False
    sources: Mapping[str, Collection[str]] = field(default_factory=dict)
    provider: Mapping[str, Any] = field(default_factory=dict)
    secrets: frozenset[str] | None = None
    unread: str = ""
    source: tuple[str, int] | None = None

    @property
    def name(self) -> str:
        """Its logical name, or what it is called where it was read from."""
        return self.urn.split("::", 3)[-1] if self.urn.startswith("urn:") else self.urn

    def get(self, path: str) -> Any:
        """The value at a path such as `rules[0].bucketKeyEnabled`.

        Null and the empty string are `ABSENT`: providers report unset properties as either. Below an unknown value
        everything is `UNKNOWN`.
        """
        value: Any = UNKNOWN if self.unread else self.properties
        for step in _steps(path):
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, list) and step.isdigit():
                value = value[int(step)] if int(step) < len(value) else None
            elif value is not UNKNOWN:
                return ABSENT
        return ABSENT if value is None or value == "" else value

    def comes_from(self, name: str, types: Collection[str]) -> bool:
        """Whether the value of a top-level property derives from a resource of one of `types`."""
        return any(type_of(urn) in types for urn in self.sources.get(name, ()))


@dataclass(frozen=True)
class Stack:
    """The resources that are judged together.

    Attributes:
        name: The stack's name, without organization and project.
        resources: Its resources.
        demands: What is demanded of it; None for what its environment demands.
        now: When it is judged; approvals, reviews and exemptions are over by it.
        emulated: Whether it was read whole from an emulated account: what is not known in it is not emulated.
    """

    name: str
    resources: tuple[Resource, ...] = ()
    demands: Profile | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)
    emulated: bool = False

    @cached_property
    def profile(self) -> Profile:
        """What is demanded of the stack."""
        return self.demands or profile_of(self.name)

    @cached_property
    def by_type(self) -> dict[str, list[Resource]]:
        """The resources by type token, each list in the order of the stack."""
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    @property
    def is_one_layer(self) -> bool:
        """Whether it is one layer of its environment, which has more in other stacks."""
        return self.name.startswith(f"{self.profile.environment}-")

    def of_types(self, types: Collection[str]) -> Iterator[Resource]:
        """The resources of some types, type by type."""
        for token in types:
            yield from self.by_type.get(token, ())

    @cached_property
    def by_urn(self) -> dict[str, Resource]:
        """The resources by URN."""
        return {resource.urn: resource for resource in self.resources}


def type_of(urn: str) -> str:
    """The type token in a URN, without the types of its parents; empty if it is no URN."""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2] if len(parts) == 4 else ""


def stack_of(urn: str) -> str:
    """The name of the stack in a URN."""
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    """The names and indices that a path goes through; rules ask for the same few paths of every resource."""
    return tuple(re.findall(r"[^.\[\]]+", path))
