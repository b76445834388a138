"""Reads the view out of the engine's own messages: each resource once, with what is secret and what is not known."""

from collections.abc import Iterable
from typing import Any

from google.protobuf.json_format import MessageToDict
from pulumi.runtime import proto, rpc
from pulumi_policy import proxy

from policies._view import UNKNOWN, Resource

_SIGNATURE, _SECRET = rpc._special_sig_key, rpc._special_secret_sig
_UNKNOWN_VALUES = frozenset(value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_"))


def resource_of(request: proto.AnalyzeRequest | proto.AnalyzerResource) -> Resource:
    """A resource as the engine describes it, before it is made or in its stack."""
    secrets: set[str] = set()
    # Before a resource is made the engine does not say what its values come from.
    origins = request.propertyDependencies if isinstance(request, proto.AnalyzerResource) else {}
    return Resource(
        type=request.type,
        urn=request.urn,
        properties=plain(MessageToDict(request.properties), secrets),
        protect=request.options.protect,
        sources={name: tuple(found.urns) for name, found in origins.items()},
        provider=plain(MessageToDict(request.provider.properties), set()),
        secrets=frozenset(secrets),
    )


def plain(value: Any, secrets: set[str], path: str = "") -> Any:
    """A value of the engine's wire format as a rule sees it; paths of secrets are added to `secrets`."""
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWN_VALUES else value
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            secrets.add(path)
            return plain(value.get("value"), secrets, path)
        return {key: plain(item, secrets, f"{path}.{key}" if path else key) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, secrets, f"{path}[{index}]") for index, item in enumerate(value)]
    return value


def is_secret(resource: Resource, path: str) -> bool:
    """Whether a property, or something that it lies in, is a secret."""
    return any(path == secret or path.startswith((f"{secret}.", f"{secret}[")) for secret in resource.secrets or ())


def resources_of(requests: Iterable[proto.AnalyzerResource]) -> tuple[Resource, ...]:
    """The resources of a stack."""
    return tuple(map(resource_of, requests))
