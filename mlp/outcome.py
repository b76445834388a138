"""What one operation of the engine did or would do, read from the events of its log.

The events are those of `sdk/go/common/apitype/events.go` in pulumi/pulumi.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

STACK_TYPE = "pulumi:pulumi:Stack"
SAME = ("same", "read", "refresh")
CONSEQUENCES = ("preview failed", "update failed", "destroy failed", "refresh failed", "context canceled")
"""How errors end that only follow from others."""
PREMATURE = "exited prematurely"
SECRET_KEY, SECRET = "4dabf18193072939515e22adb298388d", "[secret]"
"""What marks a secret in the engine's states and events, and what is shown of one."""
UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that is known only after the change."""
NO_VALUE = object()
HOLDS_DATA = frozenset(
    (
        "aws:backup/vault:Vault",
        "aws:cloudwatch/eventArchive:EventArchive",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:dynamodb/table:Table",
        "aws:ebs/volume:Volume",
        "aws:ecr/repository:Repository",
        "aws:efs/fileSystem:FileSystem",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:glue/catalogDatabase:CatalogDatabase",
        "aws:kms/key:Key",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
        "aws:sqs/queue:Queue",
        "kubernetes:core/v1:PersistentVolumeClaim",
    )
)
"""Types whose resources lose what they hold, or make it unreadable, when they are deleted or replaced."""


class Property(NamedTuple):
    """A property that differs.

    Attributes:
        path: As the engine writes it, such as `tags.owner` or `rules[0].days`.
        kind: `add`, `delete` or `update`.
        replaces: Whether it is a reason to replace the resource.
        old: The value before, `NO_VALUE` if there was none.
        new: The value after.
    """

    path: str
    kind: str
    replaces: bool
    old: Any
    new: Any


@dataclass(frozen=True)
class Step:
    """What is done to one resource: `create`, `update`, `replace`, `delete`, or a part of a replacement.

    Attributes:
        op: The engine's name of the operation.
        urn: The resource.
        parent: URN of the component that holds it.
        properties: What differs, where there is an old and a new state.
        inputs: What is given to the provider, with secrets masked.
    """

    op: str
    urn: str
    parent: str = ""
    properties: tuple[Property, ...] = ()
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """Type of the resource."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        """Name of the resource in the program."""
        return self.urn.split("::", 3)[3]

    @property
    def logical(self) -> bool:
        """Whether it is a step by itself; a replacement has three, of which one counts."""
        return self.op not in ("create-replacement", "delete-replaced", "discard-replaced")

    @property
    def loses_data(self) -> bool:
        """Whether what the resource holds goes with it."""
        return self.op in ("replace", "delete") and self.type in HOLDS_DATA

    @property
    def data(self) -> dict[str, Any]:
        """For programs."""
        found: dict[str, Any] = {"op": self.op, "urn": self.urn}
        if self.properties:
            found["properties"] = [
                {"path": one.path, "kind": one.kind, "replaces": one.replaces} for one in self.properties
            ]
        return found | ({"loses_data": True} if self.loses_data else {})


@dataclass
class Outcome:
    """What one engine operation did.

    Attributes:
        ok: Whether it succeeded.
        preview: Whether it only said what it would do.
        changes: Engine operation (`create`, `update`, `same`, ...) to the number of resources.
        steps: What is done to each resource that is not left as it is.
        types: Type tokens of the resources it saw.
        resources: URNs of the resources that it has seen.
        done: URNs of those that it has finished with.
        parents: URN of each component to that of the one that holds it.
        errors: What went wrong, a text each, without repetition.
        violations: Policy violations, as the engine reports them.
        outputs: The stack's outputs; secrets are masked by the engine.
        outputs_changed: Names of those that differ from the last update's.
        recorded: Name of each resource that the sandbox's provider keeps in state only, with the reason.
    """

    ok: bool = False
    preview: bool = False
    changes: Counter[str] = field(default_factory=Counter)
    steps: list[Step] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    resources: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    parents: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    violations: list[dict[str, str]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    outputs_changed: tuple[str, ...] = ()
    recorded: dict[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return self.ok and not self.steps and not self.outputs_changed

    def take(self, event: Mapping[str, Any]) -> None:
        """Add one event of the log."""
        if pre := event.get("resourcePreEvent"):
            self._step(pre["metadata"])
        elif out := event.get("resOutputsEvent"):
            self._outputs(out["metadata"])
        elif found := event.get("policyEvent"):
            self.violations.append(found)
        elif diagnostic := event.get("diagnosticEvent"):
            text = plain(diagnostic["message"])
            known = text in self.errors or text.endswith(CONSEQUENCES) or (self.ok and PREMATURE in text)
            if diagnostic["severity"] == "error" and not known:
                self.errors.append(text)
        elif summary := event.get("summaryEvent"):
            self.changes = Counter(summary.get("resourceChanges", {}))
            self.ok = summary.get("result") == "succeeded"
            self.preview = bool(summary.get("isPreview"))
            if self.ok:
                self.done = self.resources
                # What the engine prints when a plugin does not end in time.
                self.errors = [text for text in self.errors if PREMATURE not in text]

    def _step(self, metadata: Mapping[str, Any]) -> None:
        urn, op = metadata["urn"], metadata["op"]
        old, new = metadata.get("old") or {}, metadata.get("new") or {}
        self.types.add(metadata["type"])
        self.resources.add(urn)
        self.parents[urn] = (new or old).get("parent", "")
        if op in SAME:
            self.done.add(urn)
        else:
            self.steps.append(
                Step(op, urn, self.parents[urn], tuple(_properties(metadata)), (new or old).get("inputs") or {})
            )

    def _outputs(self, metadata: Mapping[str, Any]) -> None:
        outputs = (metadata.get("new") or {}).get("outputs") or {}
        self.done.add(metadata["urn"])
        if metadata["type"] == STACK_TYPE and metadata.get("new"):
            self.outputs = outputs
            old = (metadata.get("old") or {}).get("outputs") or {}
            names = {*outputs, *old}
            self.outputs_changed = tuple(sorted(n for n in names if old.get(n, NO_VALUE) != outputs.get(n, NO_VALUE)))
        elif why := (outputs.get("sandbox") or {}).get("recordedOnly"):
            self.recorded[metadata["urn"].rpartition("::")[2]] = why


def plain(text: str) -> str:
    """A message without the engine's colour markers and its repeated prefix."""
    for marker in ("<{%reset%}>", "<{%fg 1%}>", "<{%fg 3%}>", "<{%bold%}>"):
        text = text.replace(marker, "")
    return text.strip().removeprefix("error: ")


def masked(value: Any) -> Any:
    """A value without its secrets."""
    if isinstance(value, Mapping):
        return SECRET if SECRET_KEY in value else {key: masked(one) for key, one in value.items()}
    return [masked(one) for one in value] if isinstance(value, list) else value


def _properties(metadata: Mapping[str, Any]) -> Iterator[Property]:
    """The properties of a step that differ."""
    old, new = metadata.get("old") or {}, metadata.get("new") or {}
    for path, diff in sorted(_differences(metadata, old, new).items()):
        kind, _, replaces = diff["diffKind"].partition("-")
        before = _at(old.get("inputs" if diff.get("inputDiff") else "outputs"), path)
        yield Property(path, kind, bool(replaces), before, _at(new.get("inputs"), path))


def _differences(metadata: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Path to the kind of difference, as the engine has them; compared here where it did not compare."""
    if detailed := metadata.get("detailedDiff"):
        return detailed
    names = metadata.get("diffs") or ()
    if not names and "replace" in metadata["op"] and old and new:
        # Replaced because of what it depends on.
        before, after = masked(old.get("inputs") or {}), masked(new.get("inputs") or {})
        names = [name for name in {**before, **after} if before.get(name, NO_VALUE) != after.get(name, NO_VALUE)]
    # A provider may also replace a resource for what no input shows, such as a Job that has failed.
    reasons = [one.lstrip(".") for one in metadata.get("keys") or ()]
    kinds = {**dict.fromkeys(names, "update"), **dict.fromkeys(reasons, "update-replace")}
    return {name: {"diffKind": kind, "inputDiff": True} for name, kind in kinds.items()}


def _at(value: Any, path: str) -> Any:
    """What is at a path of a property, with secrets masked."""
    for part in _parts(path):
        if isinstance(value, Mapping) and SECRET_KEY in value:
            return SECRET
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return NO_VALUE
    return masked(value)


def _parts(path: str) -> Sequence[str]:
    """The names and numbers of a path; a name with a dot is written as `["a.b"]`."""
    found = re.findall(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)', path)
    return [(quoted.replace('\\"', '"') or number or name) for quoted, number, name in found]
