"""The view of an exported state."""

import json
from pathlib import Path

from policies._view import Resource, Stack, stack_of


class StateError(ValueError):
    """The file is no state."""


def read_state(path: Path) -> Stack:
    """The stack in a file that `pulumi stack export` wrote."""
    try:
        found = json.loads(path.read_text())
        resources = found["deployment"]["resources"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StateError(f"{path}: no exported state: {error}") from None
    made = []
    for one in resources:
        file, _, line = one.get("sourcePosition", "").removeprefix("project:///").partition("#")
        source = (file, int(line.partition(",")[0])) if line else None
        properties = {**one.get("outputs", {})}
        made.append(
            Resource(
                one["type"],
                one["urn"],
                properties,
                protect=one.get("protect", False),
                source=source,
                sources=one.get("propertyDependencies") or {},
            )
        )
    return Stack(stack_of(made[0].urn) if made else "", tuple(made))
