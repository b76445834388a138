"""The approvals that there are: a ConfigMap with a key for each fact, `<id>.<fact>`, and the same in CEL."""

from collections.abc import Mapping
from typing import Any

from policies._view import ABSENT, UNKNOWN, Stack
from policies.ai._facts import Fact

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
NAMESPACE, NAME = "kube-system", "ml-platform-approvals"
APPROVAL = Fact("approval", "[a-z0-9-]+", "the id of an approval")
FACTS = ("model", "version", "digest", "author", "approvers", "expires")


def record(stack: Stack, approval: str) -> Any:
    """The facts of an approval, `ABSENT` if there is none; `UNKNOWN` if that cannot be told yet."""
    for one in stack.resources:
        if one.type != CONFIG_MAP:
            continue
        place = (one.get("metadata.namespace"), one.get("metadata.name"))
        if UNKNOWN in place:
            return UNKNOWN
        if place == (NAMESPACE, NAME):
            return _read(one.get("data"), approval)
    return ABSENT


def _read(data: Any, approval: str) -> Any:
    if not isinstance(data, Mapping):
        return data if data is UNKNOWN else ABSENT
    found = {fact: data.get(f"{approval}.{fact}") for fact in FACTS}
    if any(value is UNKNOWN for value in found.values()):
        return UNKNOWN
    return found if all(isinstance(value, str) and value for value in found.values()) else ABSENT


def cel(fact: str) -> str:
    """A fact of the approval that a workload names, in CEL; empty where there is none."""
    return f"variables.params[?'approval.' + {APPROVAL.cel} + '.{fact}'].orValue('')"
