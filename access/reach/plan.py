"""A plan: the resources of a preview or of a state, as questions about access see them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from access.truth import UNKNOWN


class NotKnownError(Exception):
    """A property that decides is known only after the update; the message names resource and property."""


@dataclass(frozen=True)
class Resource:
    """A resource of a plan.

    Attributes:
        type: Type token, such as `aws:s3/bucket:Bucket`.
        name: Logical name.
        properties: camelCase property to value: outputs where they are known, inputs elsewhere. `UNKNOWN` stands for a
            value that is known only after the update.
    """

    type: str
    name: str
    properties: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The type without its package, such as `Bucket`."""
        return self.type.rpartition(":")[2]

    @property
    def title(self) -> str:
        """How messages name it, such as `Bucket artifacts`."""
        return f"{self.kind} {self.name}"

    def get(self, path: str) -> Any:
        """The value at a path such as `vpcConfig.subnetIds`; None where it is not set.

        Raises:
            NotKnownError: It is known only after the update.
        """
        value: Any = self.properties
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
            if value is UNKNOWN:
                raise NotKnownError(f"{path} of {self.title} is known only after the update")
        return value

    def all(self, path: str) -> list[Any]:
        """The list at a path; empty where it is not set.

        Raises:
            NotKnownError: It, or a part of it, is known only after the update.
        """
        found = self.get(path) or []
        if UNKNOWN in found:
            raise NotKnownError(f"{path} of {self.title} is known only after the update")
        return list(found)


@dataclass(frozen=True)
class Plan:
    """The resources of an environment.

    Attributes:
        resources: Its resources, of all layers.
        managed: Name of each policy that AWS manages to its document, for roles that have one attached.
    """

    resources: tuple[Resource, ...]
    managed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of(self, *types: str) -> Iterator[Resource]:
        """The resources of some types, in order."""
        for token in types:
            yield from self._by_type.get(token, ())

    def where(self, token: str, path: str, value: Any) -> list[Resource]:
        """The resources of a type whose property has a value, or a list with it.

        Raises:
            NotKnownError: For none of them it is known, and for some it is not.
        """
        found, unknown = [], None
        for one in self.of(token):
            try:
                there = one.get(path)
            except NotKnownError as error:
                unknown = error
                continue
            if there == value or (isinstance(there, list) and value in there):
                found.append(one)
        if unknown and not found:
            raise unknown
        return found

    def first(self, token: str, path: str, value: Any) -> Resource | None:
        """The first of `where`, or None."""
        return next(iter(self.where(token, path, value)), None)

    def again(self, resource: Resource | None) -> Resource | None:
        """The resource of this plan that has the type and name of one of another plan."""
        found = (one for one in self.of(resource.type) if one.name == resource.name) if resource else ()
        return next(iter(found), None)

    @cached_property
    def kubernetes(self) -> tuple[Resource, ...]:
        """The objects of the cluster, Helm releases included."""
        return tuple(one for one in self.resources if one.type.startswith("kubernetes:"))

    @cached_property
    def arns(self) -> dict[str, Resource]:
        """ARN to the resource of AWS that has it."""
        found = {}
        for one in self.resources:
            arn = one.properties.get("arn")
            if one.type.startswith("aws:") and isinstance(arn, str) and arn.startswith("arn:"):
                found.setdefault(arn, one)
        return found

    @cached_property
    def region(self) -> str:
        """The region of the environment: that of its VPC's endpoints, else of its cluster."""
        for one in self.of("aws:ec2/vpcEndpoint:VpcEndpoint"):
            if found := re.fullmatch(r"com\.amazonaws\.([a-z0-9-]+)\..+", str(one.properties.get("serviceName"))):
                return found[1]
        return next((arn.split(":")[3] for arn in self.arns if arn.split(":")[3]), "")

    @cached_property
    def account(self) -> str:
        """The account of the environment, by the ARNs of its roles."""
        arns = (one.properties.get("arn") for one in self.of("aws:iam/role:Role"))
        return next((arn.split(":")[4] for arn in arns if isinstance(arn, str) and arn.startswith("arn:")), "")

    def without(self, gone: Iterable[Resource]) -> "Plan":
        """The plan without some resources."""
        names = {id(one) for one in gone}
        return Plan(tuple(one for one in self.resources if id(one) not in names), self.managed)

    def replacing(self, old: Resource, properties: Mapping[str, Any]) -> "Plan":
        """The plan with other properties of one resource."""
        new = Resource(old.type, old.name, {**old.properties, **properties})
        return Plan(tuple(new if one is old else one for one in self.resources), self.managed)
