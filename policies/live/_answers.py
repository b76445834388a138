"""Puts what AWS answers into Pulumi's form."""

from collections.abc import Callable, Mapping
from typing import Any

from policies._view import ABSENT, UNKNOWN
from policies.live.reader import Reader

OF_AWS = "alias/aws/managed"
"""Stands for a key that AWS manages; KMS reserves the prefix."""


def pick(answer: Any, *path: str) -> Any:
    """The value at a path of an answer; None where it is not, `UNKNOWN` where there is no answer."""
    for step in path:
        if answer is UNKNOWN:
            return UNKNOWN
        answer = answer.get(step) if isinstance(answer, Mapping) else None
    return None if answer is ABSENT else answer


def tags(items: Any) -> Any:
    """Tags, which most services list as keys and values."""
    if not isinstance(items, list):
        return items
    return {item.get("Key", item.get("TagKey")): item.get("Value", item.get("TagValue")) for item in items}


def renamed(item: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The properties of an item, Pulumi's name to AWS's."""
    return {ours: item.get(theirs) for ours, theirs in names.items()}


def keys(read: Reader) -> Callable[[Any], Any]:
    """How to tell a customer's key from one of AWS, whose ARNs look the same; each key is asked about once."""
    known: dict[str, Any] = {}

    def judged(key: Any) -> Any:
        if not isinstance(key, str) or not key or key.rpartition(":")[2].startswith("alias/aws/"):
            return key
        if key not in known:
            # One that is gone was a customer's.
            answer = read.get("kms", "describe_key", absent=["NotFoundException"], KeyId=key)
            manager = pick(answer, "KeyMetadata", "KeyManager")
            known[key] = UNKNOWN if manager is UNKNOWN else OF_AWS if manager == "AWS" else key
        return known[key]

    return judged
