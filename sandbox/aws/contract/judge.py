"""Decides the requests of a row by the policies of an account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from access import UNKNOWN, Decision, MalformedPolicy, Outcome, Policies, Policy, Principal, Request, decide, read
from sandbox.aws.contract.account import Account, text
from sandbox.aws.contract.row import Call, Row, resolve
from sandbox.values import Properties

FOREIGN = "999999999999"
"""An account that is not ours."""
EVERYTHING = read("identity policy", {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
"""What the caller of an operation may do by its own policies: the contract is about the others."""


_OTHERS: Mapping[str, Any] = {
    "kms:ViaService": [],
    "s3:TlsVersion": "1.1",
    "s3:x-amz-server-side-encryption": "AES256",
    "s3:x-amz-server-side-encryption-customer-algorithm": "AES256",
}
"""Condition key to its value in a request that must be refused, where that is not another account, ARN or name."""


@dataclass(frozen=True)
class Refusal:
    """A request that the policies do not decide as AWS's documents require.

    Attributes:
        row: The row.
        action: Action of the request.
        on: ARN of its resource.
        reason: What the policies lack, or which statement allows too much.
        open: Whether the policies allow a request that they should deny; AWS accepts such policies.
        by_service: Whether a service makes the request, rather than a principal of an account.
    """

    row: Row
    action: str
    on: str
    reason: str
    open: bool = False
    by_service: bool = False

    def __str__(self) -> str:
        error = f"{self.row.error}: " if self.row.error else ""
        return f"{self.row.operation}: {error}{self.reason} ({', '.join(self.row.sources)})"


def refusals(row: Row, given: Properties, account: Account) -> Iterator[Refusal]:
    """What AWS would refuse, or could not do, of the requests of a row.

    Args:
        row: The row.
        given: Properties of the resource; its `arn` too, if a template names it.
        account: Where the policies are.
    """
    values = {"region": account.region, **given, "account": account.id, "partition": account.partition}
    if row.document and row.document not in values:
        return  # AWS's own policy then
    try:
        if row.document:
            _parsed(row.document, text(values[row.document]))
    except MalformedPolicy as error:
        yield Refusal(row, "", row.type, f"MalformedPolicyDocument: {error}")
        return
    values |= {name: function(values) for name, function in row.derive.items()}
    for call in row.calls(values) if callable(row.calls) else row.calls:
        if call.when and not resolve(call.when, values, account):
            continue
        for on in resolve(call.on, values, account):
            for who in resolve(call.who, values, account):
                try:
                    yield from _judged(row, call, who, on, values, account)
                except MalformedPolicy as error:
                    yield Refusal(row, "", on, f"MalformedPolicyDocument: {error}")


def _judged(row: Row, call: Call, who: str, on: str, values: Properties, account: Account) -> Iterator[Refusal]:
    policies = _policies(row, who, on, values, account)
    sends = {key: resolve(value, values, account) for key, value in call.sends.items()}
    if not all(sends.values()):
        return
    context = {"aws:SecureTransport": True, "aws:RequestedRegion": account.region}
    context |= {key: one[0] if len(one) == 1 else one for key, one in sends.items()}
    for action in call.actions:
        request = Request(_principal(who), action, on, context, account.id)
        answer = decide(request, policies)
        if call.refused and answer.outcome is Outcome.ALLOWED:
            yield Refusal(row, action, on, answer.reason, open=True)
        elif answer.outcome is Outcome.DENIED and not call.refused:
            yield Refusal(row, action, on, _missing(answer, request, call))
        for keys in call.limits:
            other = _foreign(request, keys, account)
            if (answer := decide(other, policies)).outcome is Outcome.ALLOWED:
                by_service = other.principal.kind == "Service"
                yield Refusal(row, action, on, _open(answer, request, keys), open=True, by_service=by_service)


def _missing(answer: Decision, request: Request, call: Call) -> str:
    who = request.principal.name
    never = [key for key in call.without if f" {key} = " in answer.reason]
    hint = f"; it never sends {' or '.join(never)} here: take that condition out" if never else ""
    return f"{who} is not authorized to perform: {request.action}: {answer.reason}{hint}"


def _open(answer: Decision, request: Request, keys: tuple[str, ...]) -> str:
    names = " or ".join(keys)
    who = request.principal.name
    return (
        f"{answer.policy}: {answer.statement} allows {request.action} on {request.resource} to {who}, whatever {names} "
        f"is; add a condition on {names}"
    )


def _foreign(request: Request, keys: tuple[str, ...], account: Account) -> Request:
    """The same request, but from another account, not through the service, or by another role."""
    context = dict(request.context)
    principal = request.principal
    for key in keys:
        if key == "aws:PrincipalArn":
            principal = _principal(f"role arn:{account.partition}:iam::{account.id}:role/other")
        else:
            context[key] = _other(key, context.get(key))
    return replace(request, principal=principal, context=context)


def _other(key: str, value: Any) -> Any:
    if key in _OTHERS:
        return _OTHERS[key]
    if value in (True, "true", "false"):
        return str(value).lower() != "true"
    texts = value if isinstance(value, list) else [str(value)]
    if any(one.startswith("arn:") and one.split(":")[4] for one in texts):
        return [":".join([*one.split(":")[:4], FOREIGN, *one.split(":")[5:]]) for one in texts]
    return FOREIGN if all(one.isdigit() for one in texts) else [f"{one}-of-another" for one in texts]


def _principal(who: str) -> Principal:
    kind, _, name = who.partition(" ")
    if kind == "service":
        return Principal.service(name)
    if kind == "federated":
        return Principal.federated(name)
    return Principal.aws(name) if name.endswith(":root") else Principal.session(name, "session")


def _policies(row: Row, who: str, on: str, values: Properties, account: Account) -> Policies:
    document: Any = values[row.document] if row.document else account.policy(on)
    resource = None if document is None else _read(f"policy of {on}", document)
    kind, _, name = who.partition(" ")
    if kind != "role":
        return Policies([EVERYTHING] if kind == "caller" else [], resource)
    identity = [_read(f"policy of {name}", one) for one in account.identity(name)]
    ceiling = account.boundary(name)
    return Policies(identity, resource, None if ceiling is None else _read(f"boundary of {name}", ceiling))


def _read(name: str, document: Any) -> Policy:
    return read(name, UNKNOWN) if document is UNKNOWN else _parsed(name, text(document))


@cache
def _parsed(name: str, document: str) -> Policy:
    return read(name, document)
