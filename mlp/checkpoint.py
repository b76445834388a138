"""What the engine last wrote down of a stack of the sandbox, read without the engine."""

from typing import Any

from mlp.outcome import STACK_TYPE, masked
from mlp.states import States
from sandbox.place import Place

_RETAINED = {
    "aws:backup/vault:Vault": "nobody can remove its lock; its backups are charged until they expire",
    "aws:kms/key:Key": "it decrypts what is retained; 1 USD a month",
    "aws:s3/bucket:Bucket": "nobody can delete its objects before their retention ends; storage is charged until then",
}
"""Type to why a resource of it is retained."""


def deployment(place: Place, stack: str) -> dict[str, Any]:
    """The state of a stack as the engine exports it; empty if there is none."""
    return States(place).deployment(stack) or {}


def retained(place: Place, stack: str) -> dict[tuple[str, str], str]:
    """Type and id of what stays in the account when the stack is destroyed, to why it stays."""
    return {
        (one["type"], one["id"]): _RETAINED.get(one["type"], "others in the account use it")
        for one in deployment(place, stack).get("resources") or ()
        if one.get("retainOnDelete") and "id" in one
    }


def resources(place: Place, stack: str) -> int:
    """How many resources a stack has, providers and components included."""
    return len(deployment(place, stack).get("resources") or ())


def outputs(place: Place, stack: str) -> dict[str, Any]:
    """The outputs of a stack, with secrets masked; empty if it is not up."""
    for one in deployment(place, stack).get("resources") or ():
        if one["type"] == STACK_TYPE:
            return masked(one.get("outputs") or {})
    return {}
