"""In which form columns are captured: as they are, as a keyed hash, masked, or not at all."""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

MASKED = "masked"
"""Takes the place of a value in a masked column."""


class Columns(NamedTuple):
    """What is captured of the columns of a request.

    Attributes:
        allowed: Names of the columns that are captured; none: all.
        hashed: Those of them of which the hash is captured.
        masked: Those of them of which only is captured whether there is a value.
        key: Gives the key of the hash.
    """

    allowed: Sequence[str] | None
    hashed: Sequence[str]
    masked: Sequence[str]
    key: Callable[[], bytes]

    def kept(self, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """The columns as they are captured; a missing value stays missing."""
        return {
            name: [None if value is None else self._form(name, value) for value in values]
            for name, values in columns.items()
            if self.allowed is None or name in self.allowed
        }

    def _form(self, name: str, value: Any) -> Any:
        if name in self.hashed:
            return hashed(self.key(), value)
        return MASKED if name in self.masked else value


def hashed(key: bytes, value: Any) -> str:
    """The HMAC-SHA256 of the text of a value, hexadecimal."""
    return hmac.new(key, text(value).encode(), hashlib.sha256).hexdigest()


def text(value: Any) -> str:
    """A value as text; a whole number is the same with and without decimals, for requests have it in either form."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
