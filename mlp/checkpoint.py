"""What the engine last wrote down of a stack of the sandbox, read without the engine."""

import json
from typing import Any

from mlp.outcome import STACK_TYPE, masked
from sandbox.place import Place
from stacks._fields import PROJECT


def deployment(place: Place, stack: str) -> dict[str, Any]:
    """The state of a stack as the engine exports it; empty if there is none."""
    file = place.root / "state" / ".pulumi" / "stacks" / PROJECT / f"{stack}.json"
    if not file.exists():
        return {}
    return json.loads(file.read_text())["checkpoint"].get("latest") or {}


def resources(place: Place, stack: str) -> int:
    """How many resources a stack has, providers and components included."""
    return len(deployment(place, stack).get("resources") or ())


def outputs(place: Place, stack: str) -> dict[str, Any]:
    """The outputs of a stack, with secrets masked; empty if it is not up."""
    for one in deployment(place, stack).get("resources") or ():
        if one["type"] == STACK_TYPE:
            return masked(one.get("outputs") or {})
    return {}
