"""The form of the contract's data: an operation, and the requests that AWS makes because of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws.contract.account import Account
from sandbox.values import Properties

Template = str
"""Text with fields in braces: `{path.to.property}`, where `*` stands for every item of a list, and filters after bars.

`{account}`, `{region}` and `{partition}` are those of the resource. A field without a value leaves out what holds it.
"""


@dataclass(frozen=True)
class Call:
    """Requests that AWS makes.

    Attributes:
        who: `caller`, the principal that calls the operation; `service NAME`; `role ARN`; or `linked ARN`, a role that
            the service made for itself and whose own policies name no resource of the account.
        actions: All of them must be allowed.
        on: ARN of the resource.
        sends: Condition key to its value.
        limits: Keys that AWS recommends to limit the permission with. With a foreign value instead, the request must be
            refused; keys in one tuple change together, because a policy may name one of them or the other.
        when: Left out where this has no value.
        without: These keys are not sent, though other services send them: a condition on one of them never holds.
        refused: The request must be refused, rather than allowed.
    """

    who: Template
    actions: tuple[str, ...]
    on: Template
    sends: Mapping[str, Template] = field(default_factory=dict)
    limits: tuple[tuple[str, ...], ...] = ()
    when: Template = ""
    without: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True)
class Row:
    """One operation on one type.

    Attributes:
        type: Pulumi type token.
        operation: Of the AWS API.
        calls: What AWS does then, or a function of the properties to it.
        sources: Addresses of the pages that say so.
        error: What AWS answers; empty if it answers nothing, and the failure shows later or nowhere.
        document: Property that holds the policy itself, where the operation sets one.
        derive: Property to a function of the others.
        late: Judged only once everything is there: AWS does not look at the policies in this operation, and the policy
            can be made only after the resource that it names.
        advice: AWS accepts policies that lack it; the page recommends it.
    """

    type: str
    operation: str
    calls: tuple[Call, ...] | Callable[[Properties], tuple[Call, ...]]
    sources: tuple[str, ...]
    error: str = ""
    document: str = ""
    derive: Mapping[str, Callable[[Properties], Any]] = field(default_factory=dict)
    late: bool = False
    advice: bool = False


def resolve(template: Template, values: Properties, account: Account) -> list[str]:
    """The texts that a template stands for, each once: none if a field has no value, several if one has several."""
    found = [template]
    for part in dict.fromkeys(re.findall(r"\{([^{}]+)\}", template)):
        options = list(dict.fromkeys(_field(part, values, account)))
        found = [text.replace(f"{{{part}}}", one) for text in found for one in options]
    return found


def _field(text: str, values: Properties, account: Account) -> Iterator[str]:
    path, *filters = text.split("|")
    found = [one for one in _walk(values, path.split(".")) if one not in (None, "")]
    for name in filters:
        found = [other for one in found for other in _filter(name, str(one), account)]
    return map(str, found)


def _walk(value: Any, path: list[str]) -> Iterator[Any]:
    if not path:
        yield value
    elif isinstance(value, list):
        # The provider shows some structures as a list of one.
        for item in value:
            yield from _walk(item, path[1:] if path[0] == "*" else path)
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _walk(value[path[0]], path[1:])


def _filter(name: str, value: str, account: Account) -> list[str]:
    name, _, wanted = name.partition(":")
    return FILTERS[name](value, wanted, account)


def _origin(domain: str, account: Account) -> list[str]:
    name, is_bucket, _ = domain.partition(".s3.")
    return [f"arn:{account.partition}:s3:::{name}"] if is_bucket else []


def _some(value: str) -> list[str]:
    return [value] if value else []


FILTERS: Mapping[str, Callable[[str, str, Account], list[str]]] = {
    "bucket": lambda value, _, account: [
        value if value.startswith("arn:") else f"arn:{account.partition}:s3:::{value}"
    ],
    "bucket-key": lambda value, _, account: [value] if account.bucket_key(value) else [],
    "no-bucket-key": lambda value, _, account: [] if account.bucket_key(value) else [value],
    "is": lambda value, wanted, _: [value] if value == wanted else [],
    "key": lambda value, _, account: _some(account.key(value)),
    "of": lambda value, service, _: [value] if value.startswith("arn:") and value.split(":")[2] == service else [],
    "origin": lambda value, _, account: _origin(value, account),
    "queue": lambda value, _, account: [
        f"arn:{account.partition}:sqs:{account.region}:{account.id}:{value.rpartition('/')[2]}"
    ],
    "role": lambda value, _, account: _some(account.role(value)),
    "without-end": lambda value, _, __: [value.removesuffix(":*")],
}
"""Name of a filter to what it makes of a value: a bucket's ARN; only one with, or without, an S3 Bucket Key; only this
value; the key that a bucket, topic or queue encrypts with; only an ARN of a service; the bucket of an origin; a queue's
ARN; a role's ARN; a log group's ARN."""
