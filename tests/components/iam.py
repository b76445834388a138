"""Answers a request from policy statements."""

from collections.abc import Mapping, Sequence
from typing import Any

from access import ANONYMOUS, Principal, Request, read
from access.principals import Reach
from access.statements import applies


def decide(
    statements: Sequence[Mapping[str, Any]],
    action: str,
    resource: str = "*",
    caller: str = "",
    context: Mapping[str, str] | None = None,
) -> str:
    """`Deny`, `Allow`, or `no` where nothing is said.

    A caller is the ARN of a principal, whom the root of its account stands for, or of an identity provider, or the name
    of a service.
    """
    request = Request(_caller(caller), action, resource, context or {})
    policy = read("statements", {"Version": "2012-10-17", "Statement": list(statements)}) if statements else None
    found = policy.statements if policy and isinstance(policy.statements, tuple) else ()
    effects = {one.allows for one in found if applies(one, request, Reach.ACCOUNT) is True}
    return "Deny" if False in effects else "Allow" if effects else "no"


def _caller(name: str) -> Principal:
    if not name.startswith("arn:"):
        return Principal.service(name) if name else ANONYMOUS
    return Principal.federated(name) if ":oidc-provider/" in name else Principal.aws(name)
