"""Policy documents, read strictly.

Source: IAM User Guide, "Grammar of the IAM JSON policy language",
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from access.conditions import Condition, is_operator
from access.patterns import escaped
from access.truth import UNKNOWN, Unknown

Texts = tuple[str | Unknown, ...]
_ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip
_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}
_CURRENT = "2012-10-17"


class MalformedPolicy(ValueError):
    """A text is no policy document; the message says why, and does not quote it."""


@dataclass(frozen=True)
class Principals:
    """A Principal or NotPrincipal element: its values by kind; `*` alone is the kind `AWS`."""

    names: Mapping[str, Texts]
    excluded: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        name: Its `Sid`, or its number such as `statement 2`.
        allows: Whether its effect is Allow.
        actions: Of Action or NotAction.
        excludes_actions: Whether it has NotAction.
        resources: Of Resource or NotResource; None if it has neither, as in a role's trust policy.
        excludes_resources: Whether it has NotResource.
        principals: None in policies of identities.
        conditions: All of them must hold.
    """

    name: str
    allows: bool
    actions: Texts
    excludes_actions: bool
    resources: Texts | None
    excludes_resources: bool
    principals: Principals | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Policy:
    """A document and what it is, such as `key policy`; a document that is not known has no statements."""

    name: str
    statements: tuple[Statement, ...] | Unknown

    @property
    def known(self) -> tuple[Statement, ...]:
        """Its statements; none if the document is not known."""
        return () if self.statements is UNKNOWN else self.statements


def read(name: str, document: Any) -> Policy:
    """The policy of a document.

    Args:
        name: What decisions call it.
        document: JSON text, the object that it stands for, or `UNKNOWN`; a part of the object may be `UNKNOWN`.

    Raises:
        MalformedPolicy: It is none of these, or has an element, effect or operator that IAM does not know.
    """
    if document is UNKNOWN:
        return Policy(name, UNKNOWN)
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except json.JSONDecodeError as error:
            raise MalformedPolicy(f"{name}: not JSON at line {error.lineno}, column {error.colno}") from None
    if not isinstance(document, Mapping):
        raise MalformedPolicy(f"{name}: not an object")
    variables = document.get("Version") == _CURRENT
    statements = _list(document.get("Statement"))
    if not statements:
        raise MalformedPolicy(f"{name}: it has no Statement")
    return Policy(
        name, tuple(_statement(one, f"statement {n}", name, variables) for n, one in enumerate(statements, 1))
    )


def _statement(item: Any, number: str, policy: str, variables: bool) -> Statement:
    where = f"{policy}, {number}"
    if not isinstance(item, Mapping):
        raise MalformedPolicy(f"{where}: not an object")
    if unknown := sorted(set(item) - _ELEMENTS):
        raise MalformedPolicy(f"{where}: unknown element {', '.join(unknown)}; allowed: {', '.join(sorted(_ELEMENTS))}")
    if item.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy(f"{where}: Effect is neither Allow nor Deny")
    for one in ("Action", "Principal", "Resource"):
        if one in item and f"Not{one}" in item:
            raise MalformedPolicy(f"{where}: both {one} and Not{one}")
    actions = _element(item, "Action", False)
    if actions is None:
        raise MalformedPolicy(f"{where}: neither Action nor NotAction")
    return Statement(
        name=str(item.get("Sid") or number),
        allows=item["Effect"] == "Allow",
        actions=actions,
        excludes_actions="NotAction" in item,
        resources=_element(item, "Resource", variables),
        excludes_resources="NotResource" in item,
        principals=_principals(item, where),
        conditions=tuple(_conditions(item.get("Condition", {}), where, variables)),
    )


def _element(item: Mapping[str, Any], name: str, variables: bool) -> Texts | None:
    value = item.get(name, item.get(f"Not{name}"))
    return None if value is None else tuple(_texts(value, variables))


def _principals(item: Mapping[str, Any], where: str) -> Principals | None:
    name = "NotPrincipal" if "NotPrincipal" in item else "Principal"
    if name not in item:
        return None
    found = item[name]
    if found in ("*", UNKNOWN):
        return Principals({"AWS": (found,)}, name == "NotPrincipal")
    if not isinstance(found, Mapping) or set(found) - _KINDS:
        raise MalformedPolicy(f"{where}: {name} is neither * nor an object of {', '.join(sorted(_KINDS))}")
    return Principals({kind: tuple(_texts(names, True)) for kind, names in found.items()}, name == "NotPrincipal")


def _conditions(found: Any, where: str, variables: bool) -> Iterator[Condition]:
    if not isinstance(found, Mapping) or not all(isinstance(keys, Mapping) for keys in found.values()):
        raise MalformedPolicy(f"{where}: Condition is not an object of objects")
    for operator, keys in found.items():
        if not is_operator(operator):
            raise MalformedPolicy(f"{where}: unknown operator {operator}")
        for key, values in keys.items():
            yield Condition(operator, key, tuple(_texts(values, variables)))


def _list(value: Any) -> list[Any]:
    """IAM writes a list of one thing as the thing itself."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _texts(value: Any, variables: bool) -> Iterator[str | Unknown]:
    for item in _list(value):
        if item is UNKNOWN:
            yield item
        else:
            text = str(item).lower() if isinstance(item, bool) else str(item)
            yield text if variables else escaped(text)
