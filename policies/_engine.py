"""Reads the view out of what the policy SDK hands to a policy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pulumi_policy import PolicyResource, ResourceValidationArgs, proxy

from policies._view import UNKNOWN, Resource, Stack, stack_of

_UNKNOWN_VALUES = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_"))


def resource_stack(args: ResourceValidationArgs) -> Stack:
    """A stack of the one resource that is about to be made; its inputs are its properties."""
    resource = Resource(
        type=args.resource_type,
        urn=args.urn,
        properties=_plain(args.props),
        protect=args.opts.protect,
        provider=_plain(args.provider.props) if args.provider else {},
    )
    return Stack(stack_of(args.urn), (resource,))


def whole_stack(resources: Sequence[PolicyResource]) -> Stack:
    """All resources of the stack; their outputs are their properties."""
    views = tuple(
        Resource(
            type=resource.resource_type,
            urn=resource.urn,
            properties=_plain(resource.props),
            protect=resource.opts.protect,
            sources=_urns(resource.property_dependencies),
            provider=_plain(resource.provider.props) if resource.provider else {},
        )
        for resource in resources
    )
    return Stack(stack_of(views[0].urn) if views else "", views)


def _plain(value: Any) -> Any:
    """A value without the SDK's proxies, which raise when an unknown value is touched."""
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWN_VALUES else value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value["__target"].items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value["__target"]]  # pyright: ignore  # the proxy's way to its target
    return value


def _urns(dependencies: Mapping[str, Iterable[PolicyResource]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(source.urn for source in sources) for name, sources in dependencies.items()}
