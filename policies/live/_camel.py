"""Names as Pulumi writes them."""

from collections.abc import Mapping
from typing import Any


def camel(answer: Any) -> Any:
    """An answer with the names of its fields in camel case, at any depth: `HttpTokens` as `httpTokens`."""
    if isinstance(answer, Mapping):
        return {f"{name[0].lower()}{name[1:]}": camel(value) for name, value in answer.items()}
    return [camel(item) for item in answer] if isinstance(answer, list) else answer
