"""What the engine last wrote down of a stack of the sandbox, read without the engine."""

import json
from typing import Any

from mlp.outcome import STACK_TYPE, masked
from sandbox.backend.process import Backend
from sandbox.place import Place
from stacks._fields import PROJECT


def made(place: Place) -> list[str]:
    """Names of an environment's stacks that have been made."""
    return sorted(stack.name for stack in Backend(place).store.stacks(PROJECT))


def deployment(place: Place, stack: str) -> dict[str, Any]:
    """The state of a stack as the engine exports it; empty if there is none."""
    store = Backend(place).store
    if stack not in made(place):
        return {}
    return json.loads(store.stack(PROJECT, stack).export())["deployment"]


def resources(place: Place, stack: str) -> int:
    """How many resources a stack has, providers and components included."""
    return len(deployment(place, stack).get("resources") or ())


def outputs(place: Place, stack: str) -> dict[str, Any]:
    """The outputs of a stack, with secrets masked; empty if it is not up."""
    for one in deployment(place, stack).get("resources") or ():
        if one["type"] == STACK_TYPE:
            return masked(one.get("outputs") or {})
    return {}
