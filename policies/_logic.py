"""Three-valued logic: true, false, and `UNKNOWN` where what is known does not decide."""

from collections.abc import Iterable
from typing import Any

from policies._view import UNKNOWN


def either(answers: Iterable[Any]) -> Any:
    """True if any is, else `UNKNOWN` if any is, else false."""
    found = list(answers)
    return True if True in found else UNKNOWN if UNKNOWN in found else False


def both(answers: Iterable[Any]) -> Any:
    """False if any is, else `UNKNOWN` if any is, else true."""
    found = list(answers)
    return False if False in found else UNKNOWN if UNKNOWN in found else True


def known(value: Any, answer: Any) -> Any:
    """`UNKNOWN` for a value that is, else the answer to it as true or false."""
    return UNKNOWN if value is UNKNOWN else bool(answer)
