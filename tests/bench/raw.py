"""Turns a stack's state into the plan of a program that registers the same resources without components."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

SECRET = "4dabf18193072939515e22adb298388d"
"""The engine's key in a value that says what kind of value it is; `plaintext` beside it is the secret's JSON."""
SHORTEST = 6
"""Below it, a string that two resources share says nothing."""
Path = tuple[str | int, ...]


def plan(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each custom resource of an exported state, providers first, in an order that its references allow.

    An entry holds `urn`, `type`, `name`, `props`, `reads` (the outputs that others refer to), `depends`, `provider`,
    `protect` and `secrets`. Within `props`, a string with another resource's output is `{"$concat": [text or
    {"urn", "path"}, ...]}` and a secret is `{"$secret": JSON}`.
    """
    resources = {one["urn"]: one for one in state["deployment"]["resources"] if one["custom"]}
    made = {urn: dict(_made(one)) for urn, one in resources.items()}
    entries = {urn: _entry(one, resources, made) for urn, one in resources.items()}
    for entry in list(entries.values()):
        for reference in _references(entry["props"]):
            reads = entries[reference["urn"]]["reads"]
            if (first := reference["path"][0]) not in reads:
                reads.append(first)
    return list(entries.values())


def _entry(one: Mapping[str, Any], resources: Mapping[str, Any], made: Mapping[str, Mapping[str, Path]]) -> dict:
    is_provider = one["type"].startswith("pulumi:providers:")
    props = {}
    for key, value in one["inputs"].items():
        if is_provider and key in ("version", "__internal"):
            continue
        sources = [urn for urn in one.get("propertyDependencies", {}).get(key) or () if urn in resources]
        known = {text: {"urn": urn, "path": path} for urn in sources for text, path in made[urn].items()}
        props[key] = _refer(value, known)
    return {
        "urn": one["urn"],
        "type": one["type"].rpartition(":")[2] if is_provider else one["type"],
        "name": one["urn"].rpartition("::")[2],
        "props": props,
        "reads": [],
        "depends": [urn for urn in one.get("dependencies", ()) if urn in resources],
        "provider": one.get("provider", "").rpartition("::")[0],
        "version": one["inputs"]["version"] if is_provider else None,
        "protect": one.get("protect"),
        "secrets": one.get("additionalSecretOutputs", []),
    }


def _made(one: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """The strings that the provider gave a resource, and where in its outputs; the id and the first place win."""
    given = {value for _, value in _leaves(one["inputs"])}
    found = {value: path for path, value in reversed(list(_leaves(one["outputs"]))) if path != ("region",)}
    if one["type"].startswith("aws:"):  # the id of an object of Kubernetes is its name, which the program gives
        found[one.get("id", "")] = ("id",)
    return ((value, path) for value, path in found.items() if value not in given and len(value) >= SHORTEST)


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, str):
        yield path, value
    for key, part in parts:
        yield from _leaves(part, (*path, key))


def _refer(value: Any, known: Mapping[str, Any]) -> Any:
    """A value whose strings refer to the outputs they contain, the longest first."""
    if isinstance(value, list):
        return [_refer(part, known) for part in value]
    if isinstance(value, dict):
        if SECRET in value:
            return {"$secret": value["plaintext"]}
        return {key: _refer(part, known) for key, part in value.items()}
    if not isinstance(value, str):
        return value
    parts = _split(value, sorted(known, key=len, reverse=True), known)
    return value if parts == [value] else {"$concat": parts}


def _split(text: str, order: Sequence[str], known: Mapping[str, Any]) -> list[Any]:
    for number, made in enumerate(order):
        if made in text:
            before, _, after = text.partition(made)
            rest = order[number:]
            return [*_split(before, rest, known), known[made], *_split(after, rest, known)]
    return [text] if text else []


def _references(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict) and "$concat" in value:
        yield from (part for part in value["$concat"] if isinstance(part, dict))
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _references(part)
