"""Texts of a policy compared to values of a request: wildcards, policy variables and ARNs.

Source: IAM User Guide, "IAM policy elements: Variables and tags" and "IAM JSON policy elements: Resource",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

import re
from collections.abc import Mapping
from functools import cache

from access.truth import UNKNOWN, Truth, Unknown, both

Values = tuple[str | Unknown, ...]
Context = Mapping[str, Values | Unknown]
"""Condition key in lower case to its values; a key that the request does not send is not there."""
_TOKENS = re.compile(r"\$\{([^}]*)\}|[*?]")
_COLON = re.compile(r":(?![^{}]*\})")
_ARN_PARTS = 6


def matches(pattern: str, value: str, context: Context, *, wild: bool = True, any_case: bool = False) -> Truth:
    """Whether a text of a policy stands for a value.

    Args:
        pattern: The text, with policy variables, as `expanded` leaves them.
        value: What the request has.
        context: The values of the variables.
        wild: Whether `*` and `?` are wildcards.
        any_case: Whether upper and lower case are the same.

    Returns:
        False if a variable has no value: nothing equals it.
    """
    found = _plain(pattern, wild) if "${" not in pattern else _expression(pattern, context, wild)
    if found is UNKNOWN or found is None:
        return UNKNOWN if found is UNKNOWN else False
    return _compiled(found, any_case).fullmatch(value) is not None


def matches_arn(pattern: str, arn: str, context: Context) -> Truth:
    """Whether an ARN with wildcards stands for an ARN: each of the six parts on its own.

    A pattern with fewer parts has `*` for the missing ones.
    """
    if pattern in ("*", arn):
        return True
    wanted, parts = _COLON.split(pattern, _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return False
    wanted += ["*"] * (_ARN_PARTS - len(wanted))
    return both(matches(one, part, context) for one, part in zip(wanted, parts, strict=True))


def escaped(text: str) -> str:
    """A text without policy variables, as documents before version 2012-10-17 mean it."""
    return text.replace("${", "${$}{")


@cache
def _compiled(expression: str, any_case: bool) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if any_case else 0))


@cache
def _plain(pattern: str, wild: bool) -> str | Unknown | None:
    """The expression of a text without variables."""
    return _expression(pattern, {}, wild)


def _expression(pattern: str, context: Context, wild: bool) -> str | Unknown | None:
    """The regular expression of a text; None if a variable in it has no value."""
    found, end = "", 0
    for token in _TOKENS.finditer(pattern):
        found += re.escape(pattern[end : token.start()])
        end = token.end()
        if token[1] is None:
            found += {"*": ".*", "?": "."}[token[0]] if wild else re.escape(token[0])
            continue
        value = _variable(token[1], context)
        if value is UNKNOWN or value is None:
            return value
        found += re.escape(str(value))
    return found + re.escape(pattern[end:])


def _variable(text: str, context: Context) -> str | Unknown | None:
    if text in ("*", "?", "$"):
        return text
    name, comma, default = text.partition(",")
    values = context.get(name.strip().lower(), ())
    if values is UNKNOWN:
        return UNKNOWN
    if len(values) == 1:
        return values[0]
    return default.strip().strip("'") if comma and not values else None
