"""Reads the view out of the engine's own messages: each resource once, with what is secret and what is not known."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import proto, rpc

from policies._view import UNKNOWN, Resource

UNKNOWN_VALUES = frozenset(
    {
        rpc.UNKNOWN,  # a text
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # a boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # a number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # a list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an object
    }
)
"""What the engine writes where a value is not known yet."""
DEEPEST = 100
"""Levels of nesting that are read; what lies deeper counts as not known. Real resources have less than 40."""

_SIGNATURE, _SECRET, _OUTPUT = rpc._special_sig_key, rpc._special_secret_sig, rpc._special_output_value_sig
_MARK = _SIGNATURE.encode()
_Path = tuple[Any, str | int] | None
"""The path of what a value lies in, and its name or index there."""


class Lazy(Mapping[str, Any]):
    """Properties without secrets that are read from the wire one by one, when a rule first looks at them."""

    def __init__(self, *structs: Struct) -> None:
        # The first that has a property gives it. Asking a struct for one that it lacks would make it.
        self._fields = {name: struct.fields for struct in reversed(structs) for name in struct.fields}
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = _value(self._fields[name][name], DEEPEST - 1)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def resource_of(request: proto.AnalyzeRequest | proto.AnalyzerResource, inputs: Struct | None = None) -> Resource:
    """A resource as the engine describes it, before it is made or in its stack.

    Most of a large resource is no rule's matter, so that it is read as far as rules look at it, and once.

    Args:
        request: The engine's description.
        inputs: What the program says of it, for what the description lacks: at a preview under a provider that cannot
            be configured yet, as that of a cluster to be made, the engine knows no outputs at all.
    """
    secrets: set[str] = set()
    structs = (request.properties, inputs) if inputs is not None else (request.properties,)
    properties: Mapping[str, Any] = Lazy(*structs)
    if any(_MARK in struct.SerializeToString() for struct in structs):
        read = [plain(_object(struct, DEEPEST), secrets) for struct in structs]
        properties = {name: value for one in reversed(read) for name, value in one.items()}
    # Before a resource is made the engine does not say what its values come from.
    origins = request.propertyDependencies if isinstance(request, proto.AnalyzerResource) else {}
    provider = plain(_object(request.provider.properties, DEEPEST), set())
    return Resource(
        type=request.type,
        urn=request.urn,
        properties=properties,
        protect=request.options.protect,
        sources={name: tuple(found.urns) for name, found in origins.items()},
        provider=provider,
        secrets=frozenset(secrets),
        unread=unread(properties, provider),
    )


def unread(properties: Mapping[str, Any], provider: Mapping[str, Any]) -> str:
    """Why nothing is known of a resource, if so: a provider that is to be configured says nothing, nor the engine."""
    waits = not properties and UNKNOWN in provider.values()
    return "its provider is not configured before the update" if waits else ""


def resources_of(
    requests: Iterable[proto.AnalyzerResource], inputs: Mapping[str, Struct] | None = None
) -> tuple[Resource, ...]:
    """The resources of a stack; `inputs` are what the program says of them, by URN."""
    return tuple(resource_of(request, (inputs or {}).get(request.urn)) for request in requests)


def plain(value: Any, secrets: set[str], path: _Path = None, depth: int = DEEPEST) -> Any:
    """A value in the engine's notation, on the wire or in a state file, as a rule sees it.

    Paths of secrets are added to `secrets`. A secret that is still encrypted is not known.
    """
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_VALUES else value
    if not isinstance(value, (dict, list)):
        return value
    if not depth:
        return UNKNOWN
    if isinstance(value, list):
        return [plain(item, secrets, (path, index), depth - 1) for index, item in enumerate(value)]
    if _SIGNATURE in value and (kind := value[_SIGNATURE]) in (_SECRET, _OUTPUT):
        if kind == _SECRET or value.get("secret") is True:
            secrets.add(_written(path))
        return plain(_inner(value), secrets, path, depth - 1)
    return {key: plain(item, secrets, (path, key), depth - 1) for key, item in value.items()}


def is_secret(resource: Resource, path: str) -> bool:
    """Whether a property, or something that it lies in, is a secret."""
    return any(path == secret or path.startswith((f"{secret}.", f"{secret}[")) for secret in resource.secrets or ())


def _inner(wrapped: Mapping[str, Any]) -> Any:
    """What a secret or an output holds: a value on the wire, JSON text or a cipher in a state file."""
    if "value" in wrapped:
        return wrapped["value"]
    try:
        return json.loads(wrapped["plaintext"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return rpc.UNKNOWN


def _written(path: _Path) -> str:
    """A path as rules write it; it is put together only where something is secret."""
    steps = []
    while path:
        path, step = path
        steps.append(f"[{step}]" if isinstance(step, int) else f".{step}")
    return "".join(reversed(steps)).removeprefix(".")


def _object(struct: Struct, depth: int) -> dict[str, Any]:
    return {key: _value(value, depth - 1) for key, value in struct.fields.items()} if depth else {}


def _list(value: Value, depth: int) -> Any:
    return [_value(item, depth - 1) for item in value.list_value.values] if depth else UNKNOWN


def _text(value: Value, depth: int) -> Any:
    text = value.string_value
    return UNKNOWN if text in UNKNOWN_VALUES else text


_READ: dict[str | None, Callable[[Value, int], Any]] = {
    "string_value": _text,
    "bool_value": lambda value, depth: value.bool_value,
    "number_value": lambda value, depth: value.number_value,
    "struct_value": lambda value, depth: _object(value.struct_value, depth) if depth else UNKNOWN,
    "list_value": _list,
}


def _value(value: Value, depth: int) -> Any:
    """A value of the wire, read in less time than the protobuf library's general way takes; secrets stay wrapped."""
    read = _READ.get(value.WhichOneof("kind"))
    return read(value, depth) if read else None
