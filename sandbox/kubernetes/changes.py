"""What has changed between two versions of an object, field by field."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sandbox.kubernetes.client import Object


class Change(NamedTuple):
    """A field that was added, deleted or changed; `path` is Pulumi's: `spec.ports[0].name`."""

    path: str
    kind: str


def changes(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """The fields in which two values differ; lists of another length differ as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            # A key with a dot or a slash, as of an annotation, is one step.
            step = f'["{key}"]' if set(key) & set(".[]/") else f".{key}" if path else key
            if key not in old or key not in new:
                yield Change(path + step, "DELETE" if key in old else "ADD")
            else:
                yield from changes(old[key], new[key], path + step)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from changes(before, after, f"{path}[{number}]")
    elif old != new:
        yield Change(path, "UPDATE")


def replacing(found: list[Change], immutable: list[str], old: Object, new: Object) -> list[str]:
    """The changed paths that need a new object: another name, and what the API server calls immutable.

    Where the server names a field above or below a changed one, the changed one is meant; where it names none of
    them, all are.
    """
    named = [one for key in ("name", "namespace") for one in [f"metadata.{key}"] if _name(old, key) != _name(new, key)]
    named += [key for key in ("apiVersion", "kind") if old.get(key) != new.get(key)]
    meant = [one.path for one in found if any(one.path.startswith(f) or f.startswith(one.path) for f in immutable)]
    return named + (meant or [one.path for one in found] if immutable else [])


def _name(given: Object, key: str) -> str:
    return given.get("metadata", {}).get(key, "")
