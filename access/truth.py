"""Three-valued logic: true, false, and `UNKNOWN` where what is known does not decide (Kleene's strong logic)."""

from collections.abc import Iterable
from enum import Enum
from typing import Literal


class Unknown(Enum):
    """The type of `UNKNOWN`."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN
"""A value that only a later run decides."""
Truth = bool | Literal[Unknown.UNKNOWN]


def either(answers: Iterable[Truth]) -> Truth:
    """True if any is, else `UNKNOWN` if any is, else false; asks no more once it is sure."""
    found: Truth = False
    for answer in answers:
        if answer is True:
            return True
        found = UNKNOWN if answer is UNKNOWN else found
    return found


def both(answers: Iterable[Truth]) -> Truth:
    """False if any is, else `UNKNOWN` if any is, else true; asks no more once it is sure."""
    return negated(either(map(negated, answers)))


def negated(answer: Truth) -> Truth:
    """The other answer; `UNKNOWN` stays."""
    return answer if answer is UNKNOWN else not answer
