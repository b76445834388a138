"""IAM policy documents, read as far as the rules need them (IAM policy grammar, version 2012-10-17)."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies._verdict import Verdict, at, fail, unknown
from policies._view import ABSENT, UNKNOWN, Resource


class MalformedDocument(ValueError):
    """The text is no policy document; the message says why without quoting it."""


@dataclass(frozen=True)
class Condition:
    """One operator on one key; operator and key in lower case, as IAM ignores their case."""

    operator: str
    key: str
    values: tuple[str, ...]


PLAIN_HTTP = Condition("bool", "aws:securetransport", ("false",))
"""True of requests without TLS."""


@dataclass(frozen=True)
class Statement:
    """One statement; `principals` are the bare ids whatever their kind, `negated` says it uses a Not element."""

    allows: bool
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]
    negated: tuple[str, ...]

    @property
    def open_to_all(self) -> bool:
        """Whether its principal is anyone; everyone but a few (`NotPrincipal`) counts as anyone."""
        return any("*" in principal for principal in self.principals) or "NotPrincipal" in self.negated


def parse(document: Any) -> list[Statement]:
    """The statements of a document given as JSON text or as the object it stands for.

    Raises:
        MalformedDocument: It is neither.
    """
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except json.JSONDecodeError as error:
            raise MalformedDocument(f"not JSON at line {error.lineno}, column {error.colno}") from None
    if not isinstance(document, Mapping):
        raise MalformedDocument("not an object")
    statements = _list(document.get("Statement"))
    if not statements:
        raise MalformedDocument("it has no `Statement`")
    return [_statement(item, f"statement {number}") for number, item in enumerate(statements, 1)]


def judge_document(resource: Resource, path: str, judge: Callable[[list[Statement]], Verdict]) -> Verdict:
    """Judge the statements of the document in a property; a document that cannot be read fails."""
    value = resource.get(path)
    if _holds_unknown(value):
        return unknown(at(resource, path))
    if value is ABSENT:
        return fail(f"{at(resource, path)} is not set")
    try:
        return judge(parse(value))
    except MalformedDocument as error:
        return fail(f"{at(resource, path)} is no policy document: {error}")


def _statement(item: Any, where: str) -> Statement:
    if not isinstance(item, Mapping):
        raise MalformedDocument(f"{where} is not an object")
    if item.get("Effect") not in ("Allow", "Deny"):
        raise MalformedDocument(f"{where} has neither effect, Allow or Deny")
    principal, conditions = item.get("Principal", ()), item.get("Condition", {})
    if not isinstance(conditions, Mapping) or not all(isinstance(keys, Mapping) for keys in conditions.values()):
        raise MalformedDocument(f"the condition of {where} is not an object of objects")
    groups = principal.values() if isinstance(principal, Mapping) else [principal]
    return Statement(
        allows=item["Effect"] == "Allow",
        principals=tuple(name for group in groups for name in _texts(group)),
        actions=tuple(action.lower() for action in _texts(item.get("Action"))),
        resources=tuple(_texts(item.get("Resource"))),
        conditions=tuple(
            Condition(operator.lower(), key.lower(), tuple(_texts(values)))
            for operator, keys in conditions.items()
            for key, values in keys.items()
        ),
        negated=tuple(key for key in ("NotPrincipal", "NotAction", "NotResource") if key in item),
    )


def _list(value: Any) -> list[Any]:
    """IAM writes a list of one thing as the thing itself."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _texts(value: Any) -> Iterator[str]:
    for item in _list(value):
        yield str(item).lower() if isinstance(item, bool) else str(item)


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_holds_unknown, value.values()))
    return any(map(_holds_unknown, value)) if isinstance(value, list) else value is UNKNOWN
