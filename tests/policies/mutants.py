"""Weakens what the platform is made of, one value at a time: each mutant is a platform that somebody could write.

What can be weakened is found by looking, not from a list: every property whose name speaks of security, every policy
document, every resource whose kind does.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from policies._view import UNKNOWN, Resource, Stack

SPEAKS_OF_SECURITY = re.compile(
    r"acl$|aclRule|accessBlock|allowPrivilege|assumeRole|auth(?!or)|automount|backup|blockPublic|boundary|budget|capabilit|cidr"
    r"|consolidat|deletionWindow|deletionProtection|encrypt|enforce|endpointP|expireAfter|forceDestroy|forceSsl|hostIPC"
    r"|hostNetwork|hostPID|httpTokens|hopLimit|ignorePublic|^image$|kms|limits|lockConf|logFile|logging|logTypes|multiAz|mutab"
    r"|NetworkPolicy|objectLock|ownershipControls|password|policy$|principal|privileged|public|readOnlyRoot|restrictPublic"
    r"|retention|rotat|runAs|scan|seccomp|secureT|serverSide|ssl|^tags$|taints|tls|tracing|versioning",
    re.IGNORECASE,
)
"""Names of properties and kinds whose value decides how safe something is; values below such a name decide it too."""
NOT_BELOW = {"metadata", "tags", "labels", "matchLabels", "region"}
"""What a kind that is all about security has like any other."""
WEAKER = {
    "Enabled": "Suspended",
    "aws:kms": "AES256",
    "IMMUTABLE": "MUTABLE",
    "required": "optional",
    "restricted": "privileged",
    "BucketOwnerEnforced": "ObjectWriter",
    "COMPLIANCE": "GOVERNANCE",
    "RuntimeDefault": "Unconfined",
    "API": "CONFIG_MAP",
}
"""What a word becomes; other texts are taken away."""


@dataclass(frozen=True)
class Mutant:
    """The platform with one thing weakened; `name` says what, without the name of the resource."""

    name: str
    stack: Stack


def mutants(stack: Stack, inputs: Stack) -> Iterator[Mutant]:
    """One mutant for each way to weaken each input of each type; the first resource that has it stands for all.

    Args:
        stack: What there is after an update, outputs too.
        inputs: The same at a preview, where there are no outputs.
    """
    seen: set[str] = set()
    for index, resource in enumerate(stack.resources):
        before, after = stack.resources[:index], stack.resources[index + 1 :]
        for what, weaker in _weakened(resource, inputs.by_urn[resource.urn].properties.keys()):
            name = f"{resource.type.rpartition(':')[2]} {what}"
            if name not in seen:
                seen.add(name)
                yield Mutant(name, replace(stack, resources=(*before, *weaker, *after)))


def _weakened(resource: Resource, inputs: Collection[str]) -> Iterator[tuple[str, tuple[Resource, ...]]]:
    kind = resource.type.rpartition(":")[2]
    if SPEAKS_OF_SECURITY.search(kind):
        yield "is missing", ()
    if resource.protect:
        yield "is not protected", (replace(resource, protect=False),)
    given = {name: value for name, value in resource.properties.items() if name in inputs}
    made = {name: value for name, value in resource.properties.items() if name not in inputs}
    for path, properties in _changes(given, "", bool(SPEAKS_OF_SECURITY.search(kind))):
        yield path, (replace(resource, properties={**made, **properties}),)


def _changes(value: Any, path: str, relevant: bool) -> Iterator[tuple[str, Any]]:
    """What changed, and the value with that changed."""
    if isinstance(value, dict):
        for key, item in value.items():
            below, speaks = f"{path}.{key}".lstrip("."), relevant or bool(SPEAKS_OF_SECURITY.search(key))
            rest = {name: other for name, other in value.items() if name != key}
            if key in NOT_BELOW and key != "tags":
                continue
            if speaks and not isinstance(item, bool) and item not in (None, [], {}, ""):
                yield f"{below} is missing", rest
            if key == "tags":
                continue
            yield from ((what, {**value, key: weaker}) for what, weaker in _changes(item, below, speaks))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for what, weaker in _changes(item, f"{path}[]", relevant):
                yield what, [*value[:index], weaker, *value[index + 1 :]]
    elif isinstance(value, str) and value.startswith("{") and '"Statement"' in value:
        yield from ((f"{path} {what}", json.dumps(document)) for what, document in _documents(json.loads(value)))
    elif relevant:
        yield from ((f"{path} is {_word(weaker)}", weaker) for weaker in _weaker(value))


def _weaker(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield type(value)(1) if value > 1 else type(value)(0)
    elif value in WEAKER and value is not UNKNOWN:
        yield WEAKER[value]
    elif isinstance(value, str) and re.fullmatch(r"[\d.]+/\d+", value):
        yield "0.0.0.0/0"


def _documents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Policy documents that let in more, or refuse less."""
    for index, statement in enumerate(document["Statement"]):
        rest = [other for place, other in enumerate(document["Statement"]) if place != index]
        title = statement.get("Sid") or "a statement"

        def having(statements: list[Any]) -> dict[str, Any]:
            return {**document, "Statement": statements}

        if statement["Effect"] == "Deny":
            yield f"does not deny {title}", having(rest)
            continue
        if "Principal" in statement:
            bare = {name: item for name, item in statement.items() if name != "Condition"}
            yield f"lets anyone {title}", having([*rest, {**bare, "Principal": "*"}])
        else:
            yield f"allows everything by {title}", having([*rest, {**statement, "Action": "*", "Resource": "*"}])


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
