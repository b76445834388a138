"""Reads an exported state, `pulumi stack export`, of any project: its resources as rules see them."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from policies._decode import plain
from policies._view import Resource, Stack, stack_of

VERSION = 3
_POSITION = re.compile(r"(?:[a-z]+://)?/*(?P<file>[^#]+)#(?P<line>\d{1,9})")


class StateError(ValueError):
    """The file is no state that can be read; the message says where and why, and quotes nothing."""


def load(file: Path) -> Stack:
    """The stack that a file holds.

    Raises:
        StateError: It cannot be read.
    """
    try:
        return read(json.loads(file.read_bytes()))
    except OSError as error:
        raise StateError(f"{file}: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        where = f" at line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise StateError(f"{file}: not JSON{where}; `pulumi stack export` writes what is read here") from None
    except RecursionError:
        raise StateError(f"{file}: nested too deeply") from None
    except StateError as error:
        raise StateError(f"{file}: {error}") from None


def read(state: Any) -> Stack:
    """The stack that an exported state describes; what waits for its deletion is no part of it.

    Raises:
        StateError: It is no such state.
    """
    if not isinstance(state, Mapping) or not isinstance(state.get("deployment"), Mapping):
        raise StateError("no `deployment`; `pulumi stack export` writes what is read here")
    if state.get("version") != VERSION:
        raise StateError(f"`version` is not {VERSION}; export it again with a current Pulumi")
    found = state["deployment"].get("resources")
    if not isinstance(found, (list, type(None))):
        raise StateError("`deployment.resources` is not a list")
    entries = [_checked(entry, f"deployment.resources[{index}]") for index, entry in enumerate(found or ())]
    providers = {entry["urn"]: entry for entry in entries if entry["type"].startswith("pulumi:providers:")}
    made = tuple(
        _resource(entry, providers)
        for entry in entries
        # What a provider keeps; components and providers themselves are no rule's matter.
        if entry.get("custom") is True and not entry.get("delete") and entry["urn"] not in providers
    )
    return Stack(stack_of(entries[0]["urn"]) if entries else "", made)


def _checked(entry: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(entry, Mapping):
        raise StateError(f"`{where}` is not an object")
    for name in ("urn", "type"):
        if not isinstance(entry.get(name), str):
            raise StateError(f"`{where}.{name}` is not a text")
    if not entry["urn"].startswith("urn:pulumi:") or entry["urn"].count("::") < 3:
        raise StateError(f"`{where}.urn` is no URN")
    for name in ("inputs", "outputs", "propertyDependencies"):
        if not isinstance(entry.get(name) or {}, dict):
            raise StateError(f"`{where}.{name}` is not an object")
    return entry


def _resource(entry: Mapping[str, Any], providers: Mapping[str, Mapping[str, Any]]) -> Resource:
    secrets: set[str] = set()
    # Outputs are what is there; a provider that does not return a property leaves it to the inputs.
    properties = {**(entry.get("inputs") or {}), **(entry.get("outputs") or {})}
    properties = {name: value for name, value in properties.items() if not name.startswith("__")}
    if isinstance(made := entry.get("id"), str):
        properties.setdefault("id", made)
    provider = providers.get(str(entry.get("provider", "")).rpartition("::")[0], {})
    plain(entry.get("inputs") or {}, secrets)
    seen = plain(properties, secrets)
    secrets.update(name for name in _texts(entry.get("additionalSecretOutputs")) if name in properties)
    return Resource(
        type=entry["type"],
        urn=entry["urn"],
        properties=seen,
        protect=entry.get("protect") is True,
        sources={name: tuple(_texts(urns)) for name, urns in (entry.get("propertyDependencies") or {}).items()},
        provider=plain(provider.get("inputs") or {}, set()),
        secrets=frozenset(secrets),
        source=_source(entry.get("sourcePosition")),
    )


def _source(position: Any) -> tuple[str, int] | None:
    """File, relative to the project, and line of a position such as `project:///stacks/platform.py#17,4`."""
    found = _POSITION.match(position) if isinstance(position, str) else None
    return (found["file"], int(found["line"])) if found else None


def _texts(values: Any) -> Iterable[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
