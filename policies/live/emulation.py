"""What an emulated account lacks or forgets. No rule may mistake its answers on these for AWS's."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from policies._view import UNKNOWN, Resource


@dataclass(frozen=True)
class Emulation:
    """The limits of an emulated account.

    Attributes:
        types: Type tokens that it lacks.
        properties: Type token to the properties that it accepts and forgets.
        services: boto3 services of which it has nothing.
    """

    types: frozenset[str] = frozenset()
    properties: Mapping[str, Collection[str]] = field(default_factory=dict)
    services: frozenset[str] = frozenset()

    def lacks(self, service: str, code: str = "") -> bool:
        """Whether it does not have a call: AWS itself never answers with a bare HTTP status as the error code."""
        return service in self.services or code.isdecimal()

    def masked(self, resource: Resource) -> Iterator[Resource]:
        """The resource with what is forgotten as not known; nothing if the whole type is lacking."""
        if resource.type not in self.types:
            forgotten = dict.fromkeys(self.properties.get(resource.type, ()), UNKNOWN)
            yield replace(resource, properties={**resource.properties, **forgotten}) if forgotten else resource
