"""Values of charts in tests."""

from typing import Any


def merged(known: Any, given: Any) -> Any:
    """What the templates of a chart see."""
    if not isinstance(known, dict) or not isinstance(given, dict):
        return given
    return {**known, **{key: merged(known.get(key), value) for key, value in given.items()}}
