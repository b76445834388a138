"""Weakens what the platform is made of, one thing at a time: each mutant is a platform that somebody could write.

What can be weakened is found by looking at what is registered, not taken from a list of properties: a value that is a
key, a switch, a length of time or an amount, a word with a weaker one beside it, a policy document, the way in from
everywhere, a resource whose kind only protects another.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from policies._view import UNKNOWN, Resource, Stack

PROTECTIONS = re.compile(
    r"auth|block(?!Dev)|encrypt|enforce|ignorePublic|internal|log(s|g|File)|multiRegion|pointInTime|private(?!Dns)|protect|readOnlyRoot"
    r"|restrict|rotat|runAsNonRoot|scan|serverSide|tls|manageMaster|autoMinor",
    re.IGNORECASE,
)
"""Switches, or what they lie in, that protect when they are on."""
DANGERS = re.compile(
    r"allowPriv|automount|deleteAuto|force|insecure|privileged|public(?!Policy|Acl|Bucket)|skip", re.IGNORECASE
)
"""Switches that do when they are off."""
LENGTHS = re.compile(
    r"(?<!Insights)retention(?!Seconds)|deletionWindow|expir|recoveryWindow|backup|hopLimit|minRetention", re.IGNORECASE
)
"""Numbers, and texts with units, that say how long something is kept or how far it reaches."""
PROTECTORS = re.compile(
    r"AccessBlock|Alarm|Analyzer|(?<!Disruption)Budget|DefaultSecurityGroup|Detector$|Encryption|FlowLog|LifecyclePolicy|LimitRange|LockConf|Logging|ObjectLock"
    r"|Ownership|Recorder$|ResourceQuota|Rotation|Trail$|Versioning|BucketPolicy|ReplicationConfig"
)
"""Kinds that are there only to protect or to watch another."""
HOLDS_DATA = re.compile(
    r"^(Bucket|Key|Instance|Repository|Secret|LogGroup|ReplicationGroup|Table|Vault|Trail|Cluster)$"
)
WEAKER = {
    "Enabled": "Suspended",
    "aws:kms": "AES256",
    "IMMUTABLE": "MUTABLE",
    "required": "optional",
    "restricted": "privileged",
    "BucketOwnerEnforced": "ObjectWriter",
    "COMPLIANCE": "GOVERNANCE",
    "RuntimeDefault": "Unconfined",
    "API": "API_AND_CONFIG_MAP",
    "SSE-KMS": "SSE-S3",
    "SSE_KMS": "SSE_S3",
    "https-only": "allow-all",
    "redirect-to-https": "allow-all",
    "iam": "no-password-required",
}
"""What a word becomes."""
POD = {"hostNetwork": True, "hostPID": True, "hostIPC": True}
"""What a pod may ask for that it should not."""


@dataclass(frozen=True)
class Mutant:
    """The platform with one thing weakened.

    Attributes:
        name: Kind and what is weakened, without the name of the resource.
        stack: What there is then.
        changed: Index of the weakened resource in it; None if that is gone.
    """

    name: str
    stack: Stack
    changed: int | None


def mutants(stack: Stack, inputs: Stack) -> Iterator[Mutant]:
    """One mutant for each way to weaken each input of each type; the first resource that has it stands for all.

    Args:
        stack: What there is after an update, outputs too.
        inputs: The same at a preview, where there are no outputs.
    """
    seen: set[str] = set()
    system = set(stack.profile.system_namespaces)
    # By name: the order in which resources are registered is not always the same.
    for index, resource in sorted(enumerate(stack.resources), key=lambda pair: pair[1].urn):
        before, after = stack.resources[:index], stack.resources[index + 1 :]
        for what, weaker in _weakened(resource, inputs.by_urn[resource.urn].properties.keys(), system):
            name = f"{resource.type.rpartition(':')[2]} {what}"
            if name not in seen:
                seen.add(name)
                yield Mutant(name, replace(stack, resources=(*before, *weaker, *after)), index if weaker else None)


def _weakened(
    resource: Resource, inputs: Collection[str], exempt: Collection[str]
) -> Iterator[tuple[str, tuple[Resource, ...]]]:
    kind = resource.type.rpartition(":")[2]
    spaces = {resource.get("metadata.name"), resource.get("metadata.namespace")}
    if kind == "Release" or spaces.intersection(exempt):
        return  # what a chart makes is judged as it enters the cluster
    if PROTECTORS.search(kind):
        yield "is missing", ()
    if resource.protect and HOLDS_DATA.search(kind):
        yield "is not protected", (replace(resource, protect=False),)
    given = {name: value for name, value in resource.properties.items() if name in inputs}
    made = {name: value for name, value in resource.properties.items() if name not in inputs}
    for what, properties in _changes(given, "", ""):
        yield what, (replace(resource, properties={**made, **properties}),)


def _changes(value: Any, path: str, key: str) -> Iterator[tuple[str, Any]]:
    """What changed, and the value with that changed."""
    if isinstance(value, dict):
        if "containers" in value:
            yield from ((f"{path}.{name} is on", {**value, name: on}) for name, on in POD.items())
        for name, item in value.items():
            below = f"{path}.{name}".lstrip(".")
            rest = {other: kept for other, kept in value.items() if other != name}
            if (
                (name == "tags" and not path)
                or name == "securityContext"
                or below.endswith("resources.limits")
                or _is_key(name, item)
            ):
                yield f"{below} is missing", rest
            if name not in ("tags", "labels", "annotations", "matchLabels"):
                yield from ((what, {**value, name: weaker}) for what, weaker in _changes(item, below, name))
            elif "pod-security.kubernetes.io/enforce" in (item or {}):
                yield f"{below} do not enforce pod security", {**value, name: {}}
    elif isinstance(value, list):
        for index, item in enumerate(value):
            for what, weaker in _changes(item, f"{path}[]", key):
                yield what, [*value[:index], weaker, *value[index + 1 :]]
    elif isinstance(value, str) and value.startswith("{") and '"Statement"' in value:
        yield from ((f"{path} {what}", json.dumps(document)) for what, document in _documents(json.loads(value)))
    else:
        yield from ((f"{path} is {_word(weaker)}", weaker) for weaker in _weaker(value, path, key))


def _is_key(name: str, value: Any) -> bool:
    """Whether a value names a KMS key."""
    return isinstance(value, str) and ":key/" in value and not value.startswith("{") and "arns" not in name.lower()


def _weaker(value: Any, path: str, key: str) -> Iterator[Any]:
    if value is UNKNOWN:
        return
    if isinstance(value, bool):
        dangerous = bool(DANGERS.search(key))
        if dangerous != value and (dangerous or PROTECTIONS.search(path)):
            yield not value
    elif isinstance(value, (int, float)):
        if LENGTHS.search(key) and value > 1:
            yield 1.0
    elif value in WEAKER:
        yield WEAKER[value]
    elif key == "image" and "@sha256:" in value:
        yield value.partition("@")[0] + ":latest"
    elif key in ("cidrIpv4", "publicAccessCidrs") and re.fullmatch(r"[\d.]+/\d+", value):
        yield "0.0.0.0/0"


def _documents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Policy documents that let in more, or refuse less."""
    for index, statement in enumerate(document["Statement"]):
        rest = [other for place, other in enumerate(document["Statement"]) if place != index]
        title = statement.get("Sid") or "a statement"
        if statement["Effect"] == "Deny":
            yield f"does not deny {title}", {**document, "Statement": rest}
        elif "Principal" in statement:
            bare = {name: item for name, item in statement.items() if name != "Condition"}
            yield f"lets anyone {title}", {**document, "Statement": [*rest, {**bare, "Principal": "*"}]}
        else:
            everything = {**statement, "Action": "*", "Resource": "*"}
            yield f"allows everything by {title}", {**document, "Statement": [*rest, everything]}


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
