"""Whether a statement applies to a request, and what it lacks where it does not."""

from collections.abc import Iterable, Sequence

from access.conditions import Condition, holds
from access.document import Policy, Statement
from access.patterns import matches, matches_arn
from access.principals import Reach, named
from access.request import Request
from access.truth import UNKNOWN, Truth, both, either, negated


def applies(statement: Statement, request: Request, reach: Reach) -> Truth:
    """Whether every element of a statement fits a request; its effect does not matter.

    Args:
        statement: The statement.
        request: The request.
        reach: How closely the statement must name the principal, if it names principals.
    """
    return both(
        part()
        for part in (
            lambda: _principal(statement, request, reach),
            lambda: _action(statement, request),
            lambda: _resource(statement, request),
            lambda: both(holds(one, request.keys) for one in statement.conditions),
        )
    )


def shortfall(policies: Sequence[Policy], request: Request) -> str:
    """What the statement that comes nearest to allowing a request lacks, as a clause; empty if none is near."""
    found = [
        nearest
        for policy in policies
        for one in policy.known
        if one.allows and _principal(one, request, Reach.ACCOUNT) is not False
        for nearest in [_lack(one, request)]
        if nearest
    ]
    return max(found, default=(0, ""))[1]


def _lack(statement: Statement, request: Request) -> tuple[int, str] | None:
    """How near a statement comes, and what it lacks."""
    if _action(statement, request) is False:
        return None
    if _resource(statement, request) is False:
        return 1, f"{statement.name} allows it on {', '.join(map(str, statement.resources or ()))} only"
    failing = [one for one in statement.conditions if holds(one, request.keys) is False]
    if not failing:
        return None
    return 2, f"{statement.name} allows it only if {_shown(failing, request)}"


def _shown(failing: Iterable[Condition], request: Request) -> str:
    clauses = []
    for one in failing:
        sent = request.keys.get(one.key.lower(), ())
        values = ", ".join(map(str, sent)) if isinstance(sent, tuple) else ""
        clauses.append(f"{one}, and the request sends {f'{one.key} = {values}' if values else f'no {one.key}'}")
    return "; and if ".join(clauses)


def _action(statement: Statement, request: Request) -> Truth:
    found = either(
        UNKNOWN if one is UNKNOWN else matches(str(one), request.action, {}, any_case=True) for one in statement.actions
    )
    return negated(found) if statement.excludes_actions else found


def _resource(statement: Statement, request: Request) -> Truth:
    if statement.resources is None:
        return True
    found = either(_on(one, request) for one in statement.resources)
    return negated(found) if statement.excludes_resources else found


def _on(pattern: object, request: Request) -> Truth:
    if pattern == "*":
        return True
    if UNKNOWN in (pattern, request.resource):
        return UNKNOWN
    return matches_arn(str(pattern), str(request.resource), request.keys)


def _principal(statement: Statement, request: Request, reach: Reach) -> Truth:
    return (
        True
        if statement.principals is None
        else named(statement.principals, request.principal, reach, statement.allows)
    )
