"""Whom a policy document lets in."""

from policies._documents import Condition, Statement, judge_document
from policies._verdict import PASS, Verdict, at, fail
from policies._view import Resource

_OPERATORS = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
_KEYS = {
    "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths",
    "aws:sourcevpc", "aws:sourcevpce", "kms:calleraccount",
}  # fmt: skip
"""Conditions that name an organisation, an account, a network of it or something in it."""


def names_principals(resource: Resource, path: str) -> Verdict:
    """Demand that the document in a property lets in nobody whom it does not name."""

    def judge(statements: list[Statement]) -> Verdict:
        numbers = [str(number) for number, found in enumerate(statements, 1) if lets_anyone_in(found)]
        return fail(f"{at(resource, path)} lets anyone in: statement {', '.join(numbers)}", path) if numbers else PASS

    return judge_document(resource, path, judge)


def lets_anyone_in(statement: Statement) -> bool:
    """Whether a statement allows something to principals that it neither names nor narrows down."""
    return statement.allows and statement.open_to_all and not any(map(_narrows, statement.conditions))


def _narrows(condition: Condition) -> bool:
    """An operator that ends in IfExists, or quantifies over all values, also holds for a request without the key."""
    operator = condition.operator.removeprefix("foranyvalue:")
    return operator in _OPERATORS and condition.key in _KEYS and all(map(_is_fixed, condition.values))


def _is_fixed(value: str) -> bool:
    """Whether a value names one thing, or at least one account: the fifth part of an ARN."""
    fifth = value.split(":")[4:5]
    return not {"*", "?"} & set(value) or any(map(str.isdigit, fifth))
