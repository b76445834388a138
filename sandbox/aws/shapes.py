"""Properties to API parameters and back, along the shapes of botocore's service models."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sandbox.values import UNKNOWN, ResourceError

_PAIRS = {frozenset(("Key", "Value")), frozenset(("TagKey", "TagValue")), frozenset(("key", "value"))}
_WORDS = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|\d+|[A-Z]")


def property_name(member: str) -> str:
    """The property of an API member: `KMSMasterKeyID` is `kmsMasterKeyId`, `SSEAlgorithm` is `sseAlgorithm`."""
    first, *rest = _WORDS.findall(member)
    return first.lower() + "".join(word[:1].upper() + word[1:].lower() for word in rest)


def members(shape: Any, rename: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    """Property to API member and its shape, for the members of a structure."""
    return {rename.get(name, property_name(name)): (name, inner) for name, inner in shape.members.items()}


def to_api(value: Any, shape: Any, rename: Mapping[str, str], path: str) -> Any:
    """The API value of a property.

    Raises:
        ResourceError: A nested property that the shape does not have, or a value its enumeration does not allow.
    """
    if value == UNKNOWN:
        return value
    if shape.type_name == "structure":
        # The provider shows some structures as a list of one.
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        known = members(shape, rename)
        for key in value:
            if key not in known:
                raise ResourceError(f"{path}.{key}: not understood; known here: {', '.join(known)}")
        return {known[key][0]: to_api(item, known[key][1], rename, f"{path}.{key}") for key, item in value.items()}
    if shape.type_name == "list":
        if _is_pairs(shape) and isinstance(value, dict):
            key_name, value_name = sorted(shape.member.members)
            return [{key_name: key, value_name: item} for key, item in value.items()]
        items = value if isinstance(value, list) else [value]
        return [to_api(item, shape.member, rename, f"{path}[{n}]") for n, item in enumerate(items)]
    if shape.type_name == "boolean" and value in ("true", "false"):
        return value == "true"  # where the provider's own schema has a text
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        raise ResourceError(f"{path} = {value!r}; AWS allows: {', '.join(allowed)}")
    # The provider has some truth values as text, to tell false from not set.
    return untext(value) if shape.type_name == "boolean" and isinstance(value, str) else value


def from_api(value: Any, shape: Any, rename: Mapping[str, str]) -> Any:
    """The property value of a part of a response."""
    if shape.type_name == "structure":
        named = {member: key for key, (member, _) in members(shape, rename).items()}
        return {
            named[k]: _counted(named[k], k, from_api(item, shape.members[k], rename))
            for k, item in value.items()
            if k in named
        }
    if shape.type_name == "list":
        if _is_pairs(shape):
            key_name, value_name = sorted(shape.member.members)
            return {item[key_name]: item[value_name] for item in value}
        return [from_api(item, shape.member, rename) for item in value]
    if shape.type_name == "map":
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    # botocore decodes policy documents, which the API and the properties have as JSON text.
    return json.dumps(value) if isinstance(value, dict) else value


def _counted(name: str, member: str, value: Any) -> Any:
    """A list of one where the property is singular, and a structure as a list of one where it is plural."""
    if value and member.lower() == f"{name}s".lower():
        return value[0]
    return [value] if isinstance(value, dict) and name.lower() == f"{member}s".lower() else value


def text(value: Any) -> str:
    """A value as an API's map of texts has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def untext(value: str) -> Any:
    """The value that a text of such a map stands for."""
    return value == "true" if value in ("true", "false") else int(value) if value.isdigit() else value


def same(ours: Any, theirs: Any) -> bool:
    """Whether a live value is what was asked for: policies by meaning, structures by what was asked for of them."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return all(same(value, theirs.get(key)) for key, value in ours.items())
    if isinstance(ours, list):
        live = theirs if isinstance(theirs, list) else [theirs]
        return len(ours) == len(live) and all(map(same, ours, live))
    if isinstance(ours, str) and ours[:1] == "{" and isinstance(theirs, str) and ours != theirs:
        with suppress(json.JSONDecodeError):  # a template is no JSON
            return json.loads(ours) == json.loads(theirs)
    if isinstance(theirs, bool) and isinstance(ours, str):
        return ours == text(theirs)
    return ours == theirs or (theirs is None and ours in (False, ""))


def _is_pairs(shape: Any) -> bool:
    return shape.member.type_name == "structure" and frozenset(shape.member.members) in _PAIRS
