"""The Condition element: every operator, `IfExists`, `ForAllValues`, `ForAnyValue` and `Null`.

Source: IAM User Guide, "Condition operators" and "Set operators for multivalued context keys",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

import base64
import binascii
import ipaddress
import operator
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from access.patterns import Context, matches, matches_arn
from access.truth import UNKNOWN, Truth, Unknown, both, either, negated

Test = Callable[[str, str, Context], Truth]


@dataclass(frozen=True)
class Condition:
    """One operator on one key of a statement.

    Attributes:
        operator: As it is written, for example `ForAnyValue:StringLikeIfExists`.
        key: As it is written; its case does not matter.
        values: The values of the policy, as text.
    """

    operator: str
    key: str
    values: tuple[str | Unknown, ...]

    @property
    def plain_operator(self) -> str:
        """The operator in lower case, without quantifier and `IfExists`."""
        return _parts(self.operator)[1]

    def __str__(self) -> str:
        values = ", ".join(map(str, self.values))
        return f"{self.operator} {self.key} = {values}"


def is_operator(name: str) -> bool:
    """Whether IAM knows an operator of this name."""
    return _parts(name)[1] in {*_TESTS, "null"}


def holds(condition: Condition, context: Context) -> Truth:
    """Whether a condition is true of a request."""
    quantifier, name, if_exists = _parts(condition.operator)
    sent = context.get(condition.key.lower(), ())
    if name == "null":
        return _is_null(condition, sent)
    if sent is UNKNOWN:
        return UNKNOWN
    negative = name in _NEGATIVE
    if not sent:
        return if_exists or quantifier == "forallvalues" or (negative and quantifier != "foranyvalue")
    test = _TESTS[name]
    found = [_one(test, value, condition.values, context, negative) for value in sent]
    every = quantifier == "forallvalues" or (negative and quantifier != "foranyvalue")
    return both(found) if every else either(found)


def _one(
    test: Test, value: str | Unknown, wanted: tuple[str | Unknown, ...], context: Context, negative: bool
) -> Truth:
    """Whether one value of the request fits: any of the policy's values, or for a negated operator none of them."""
    found = either(UNKNOWN if UNKNOWN in (value, one) else test(str(one), str(value), context) for one in wanted)
    return negated(found) if negative else found


def _is_null(condition: Condition, sent: Any) -> Truth:
    if sent is UNKNOWN or UNKNOWN in condition.values:
        return UNKNOWN
    return any(str(one).lower() == ("false" if sent else "true") for one in condition.values)


def _parts(name: str) -> tuple[str, str, bool]:
    """Quantifier, operator and whether it ends in `IfExists`, all in lower case."""
    quantifier, _, plain = name.lower().rpartition(":")
    bare = plain.removesuffix("ifexists")
    return quantifier, bare, bare != plain


def _compared(read: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> Test:
    """A test of two values that texts stand for; a text that stands for none fits nothing."""

    def test(wanted: str, value: str, _: Context) -> bool:
        with suppress(ValueError):
            return compare(read(value), read(wanted))
        return False

    return test


def _instant(text: str) -> datetime:
    """A date by W3C's profile of ISO 8601, or seconds since 1970."""
    with suppress(ValueError):
        return datetime.fromtimestamp(float(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _in_network(wanted: str, value: str, _: Context) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    return False


def _same_truth(wanted: str, value: str, _: Context) -> bool:
    return wanted.lower() == value.lower()


_ORDER = {
    "equals": operator.eq,
    "lessthan": operator.lt,
    "lessthanequals": operator.le,
    "greaterthan": operator.gt,
    "greaterthanequals": operator.ge,
}
_TESTS: dict[str, Test] = {
    "stringequals": partial(matches, wild=False),
    "stringequalsignorecase": partial(matches, wild=False, any_case=True),
    "stringlike": matches,
    "arnequals": matches_arn,
    "arnlike": matches_arn,
    "bool": _same_truth,
    "binaryequals": _compared(_bytes, operator.eq),
    "ipaddress": _in_network,
    **{f"numeric{name}": _compared(float, compare) for name, compare in _ORDER.items()},
    **{f"date{name}": _compared(_instant, compare) for name, compare in _ORDER.items()},
}
_NEGATIVE = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
_TESTS |= {name: _TESTS[positive] for name, positive in _NEGATIVE.items()}
