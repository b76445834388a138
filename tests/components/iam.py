"""Answers a request from policy statements, as far as the components' documents need it."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

ABSENT = object()
OPERATORS = {
    "Bool": lambda value, wanted: value == wanted,
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": fnmatchcase,
    "ArnLike": fnmatchcase,
    "NumericLessThan": lambda value, wanted: float(value) < float(wanted),
}


def decide(
    statements: Sequence[Mapping[str, Any]],
    action: str,
    resource: str = "*",
    caller: str = "",
    context: Mapping[str, str] | None = None,
) -> str:
    """`Deny`, `Allow`, or `no` where nothing is said.

    A caller is a service's name or the ARN of a principal, whom the root of its account stands for.
    """
    known = {"aws:PrincipalArn": caller, **(context or {})}
    effects = {
        statement["Effect"]
        for statement in statements
        if _any(fnmatchcase, action, statement["Action"])
        and _any(fnmatchcase, resource, statement["Resource"])
        and _is_caller(caller, statement.get("Principal"))
        and all(
            _holds(operator, known.get(key, ABSENT), wanted)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    }
    return next((effect for effect in ("Deny", "Allow") if effect in effects), "no")


def _any(test: Any, value: str, wanted: str | list[str]) -> bool:
    return any(test(value, one) for one in ([wanted] if isinstance(wanted, str) else wanted))


def _is_caller(caller: str, principal: Mapping[str, Any] | None) -> bool:
    if principal is None or principal == {"AWS": "*"}:
        return True
    if "Service" in principal:
        return _any(str.__eq__, caller, principal["Service"])
    return caller.split(":")[:5] == principal["AWS"].split(":")[:5] and principal["AWS"].endswith(":root")


def _holds(operator: str, value: Any, wanted: str | list[str]) -> bool:
    """Whether a condition holds; a negated one also does without the key, with or without `IfExists`."""
    if operator == "Null":
        return wanted == ("true" if value is ABSENT else "false")
    plain = operator.removesuffix("IfExists")
    if "Not" in plain:
        positive = plain.replace("NotEquals", "Equals").replace("NotLike", "Like").replace("ArnEquals", "ArnLike")
        return value is ABSENT or not _any(OPERATORS[positive], value, wanted)
    if value is ABSENT:
        return operator != plain
    return _any(OPERATORS[plain], value, wanted)
