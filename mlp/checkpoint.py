"""What the engine last wrote down of a stack of the sandbox, read without the engine."""

from typing import Any

from mlp.outcome import STACK_TYPE, masked
from mlp.states import States
from sandbox.place import Place


def deployment(place: Place, stack: str) -> dict[str, Any]:
    """The state of a stack as the engine exports it; empty if there is none."""
    return States(place).deployment(stack) or {}


def resources(place: Place, stack: str) -> int:
    """How many resources a stack has, providers and components included."""
    return len(deployment(place, stack).get("resources") or ())


def outputs(place: Place, stack: str) -> dict[str, Any]:
    """The outputs of a stack, with secrets masked; empty if it is not up."""
    for one in deployment(place, stack).get("resources") or ():
        if one["type"] == STACK_TYPE:
            return masked(one.get("outputs") or {})
    return {}
