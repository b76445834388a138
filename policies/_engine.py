"""Reads the view out of what the policy SDK hands to a policy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pulumi_policy import PolicyResource, ResourceValidationArgs

from policies._decode import DEEPEST, UNKNOWN_VALUES, unread
from policies._view import UNKNOWN, Resource


def resource_of(args: ResourceValidationArgs) -> Resource:
    """A resource that is about to be made; its inputs are its properties."""
    return Resource(
        type=args.resource_type,
        urn=args.urn,
        properties=_plain(args.props),
        protect=args.opts.protect,
        provider=_plain(args.provider.props) if args.provider else {},
    )


def resources_of(resources: Sequence[PolicyResource]) -> tuple[Resource, ...]:
    """All resources of the stack; their outputs are their properties."""
    return tuple(map(_of_stack, resources))


def _of_stack(resource: PolicyResource) -> Resource:
    properties = _plain(resource.props)
    provider = _plain(resource.provider.props) if resource.provider else {}
    return Resource(
        type=resource.resource_type,
        urn=resource.urn,
        properties=properties,
        protect=resource.opts.protect,
        sources=_urns(resource.property_dependencies),
        provider=provider,
        unread=unread(properties, provider),
    )


def _plain(value: Any, depth: int = DEEPEST) -> Any:
    """A value without the SDK's proxies, which raise when an unknown value is touched."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_VALUES else value
    if not isinstance(value, (Mapping, Sequence)):
        return value
    if not depth:
        return UNKNOWN
    target: Any = value["__target"]  # pyright: ignore  # the proxy's way to its target
    if isinstance(value, Mapping):
        return {key: _plain(item, depth - 1) for key, item in target.items()}
    return [_plain(item, depth - 1) for item in target]


def _urns(dependencies: Mapping[str, Iterable[PolicyResource]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(source.urn for source in sources) for name, sources in dependencies.items()}
