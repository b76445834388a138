"""Folds the journal that the engine sends while it updates a stack into the stack's state.

The engine's own replay is `JournalReplayer` in pkg/backend/journal.go of github.com/pulumi/pulumi at v3.259.0, and the
format of an entry is `JournalEntry` in sdk/go/common/apitype/journal.go. This follows them step by step.
"""

from collections.abc import Iterable, Mapping
from typing import Any

Resource = dict[str, Any]
Deployment = dict[str, Any]

BEGIN, SUCCESS, FAILURE, REFRESHED, OUTPUTS, WRITE, SECRETS_MANAGER, REBUILT_BASE, EXTENSION, SNIPPETS = range(10)
STACK_TYPE = "pulumi:pulumi:Stack"
FEATURES = {
    "refreshBeforeUpdate": "refreshBeforeUpdate",
    "viewOf": "views",
    "resourceHooks": "hooks",
    "taint": "taint",
    "replaceWith": "replaceWith",
    "extensionRef": "extensionParameterization",
    "snippetID": "snippets-prototype",
}
"""Field of a resource to the feature that a state with it names, so that an engine without it refuses the state."""


class ReplayError(Exception):
    """The journal holds what this replay does not understand."""


def replay(base: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The state, `{version, features, deployment}`, after some journal entries on top of a state.

    An entry that comes twice, because the engine did not hear that it had arrived, counts once.

    Raises:
        ReplayError: An entry is of a kind that no engine sends at this version of the journal.
    """
    journal = _Replay(base.get("deployment") or {})
    if "byteString" in (base.get("features") or ()):
        journal.features.add("byteString")
    seen = set()
    for entry in entries:
        if entry["sequenceID"] not in seen:
            seen.add(entry["sequenceID"])
            journal.add(entry)
    deployment = journal.deployment()
    features = journal.features | {
        feature for one in _all(deployment) for field, feature in FEATURES.items() if one.get(field)
    }
    return {"version": 4 if features else 3, "features": sorted(features), "deployment": deployment}


class _Replay:
    """One pass over a journal."""

    def __init__(self, base: Deployment) -> None:
        self.base, self.features = base, set[str]()
        self.refreshed = False
        self._forget()

    def _forget(self) -> None:
        self.new: dict[int, Resource] = {}  # by the operation that made it, in the order of their success
        self.removed: set[int] = set()  # operations whose resource has gone again
        self.base_removed: set[int] = set()  # here and below: index in the resources of the base
        self.base_replaced: dict[int, Resource] = {}
        self.base_deleting: set[int] = set()
        self.base_replacing: set[int] = set()
        self.pending: dict[int, Mapping[str, Any]] = {}

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take one entry."""
        kind, operation, state = entry["kind"], entry["operationID"], entry.get("state")
        old, new = entry.get("removeOld"), entry.get("removeNew")
        if entry.get("requiresByteString"):
            self.features.add("byteString")
        self.refreshed |= kind == REFRESHED or (kind == SUCCESS and bool(entry.get("isRefresh")))
        if kind == BEGIN:
            self.pending[operation] = entry
        elif kind == SUCCESS:
            self._succeed(entry, operation, state)
        elif kind in (FAILURE, REFRESHED, OUTPUTS):
            if kind != OUTPUTS:
                self.pending.pop(operation, None)
            if kind != FAILURE:
                self._change(kind, state, old, new)
        elif kind == WRITE:
            self.base = entry["newSnapshot"]
        elif kind == SECRETS_MANAGER:
            self.base["secrets_providers"] = entry["secretsProvider"]
        elif kind == REBUILT_BASE:
            self.base = self.deployment()
            self._forget()
        elif kind == EXTENSION:
            self.base.setdefault("extensions", {}).setdefault(entry["extensionRef"], entry["extension"])
        elif kind == SNIPPETS:
            self.base["snippets"] = entry.get("snippets")
        else:
            raise ReplayError(f"journal entry of kind {kind}: allowed: {BEGIN} to {SNIPPETS}")

    def _succeed(self, entry: Mapping[str, Any], operation: int, state: Resource | None) -> None:
        self.pending.pop(operation, None)
        if state is not None:
            self.new[operation] = state
        for field, indices in (
            ("removeOld", self.base_removed),
            ("removeNew", self.removed),
            ("deleteOld", self.base_deleting),
            ("pendingReplacementOld", self.base_replacing),
        ):
            if entry.get(field) is not None:
                indices.add(entry[field])
        if (made := entry.get("deleteNew")) is not None:
            self.new[made]["delete"] = True
        if (made := entry.get("pendingReplacementNew")) is not None:
            self.new[made]["pendingReplacement"] = True

    def _change(self, kind: int, state: Resource | None, old: int | None, new: int | None) -> None:
        """A resource has other outputs, or a refresh found it changed or gone."""
        if state is not None:
            if old is not None:
                self.base_replaced[old] = state
            if new is not None:
                self.new[new] = state
        elif kind == REFRESHED:
            self.base_removed.update(() if old is None else (old,))
            self.removed.update(() if new is None else (new,))

    def deployment(self) -> Deployment:
        """The state after the entries so far: what this update has seen, then what it has not come to yet."""
        resources = [made for operation, made in self.new.items() if operation not in self.removed]
        for index, resource in enumerate(self.base.get("resources") or ()):
            if index in self.base_removed:
                continue
            if index in self.base_replaced:
                resource = self.base_replaced[index]
            else:
                resource |= {"delete": True} if index in self.base_deleting else {}
                resource |= {"pendingReplacement": True} if index in self.base_replacing else {}
            resources.append(resource)
        if self.refreshed:
            _forget_missing(resources)
        _apply_aliases(resources)
        begun = [entry["operation"] for entry in self.pending.values() if entry.get("operation")]
        creating = [one for one in self.base.get("pending_operations") or () if one["type"] == "creating"]
        return {
            **self.base,
            "resources": resources,
            "pending_operations": [*begun, *creating],
        }


def _all(deployment: Deployment) -> list[Resource]:
    return [*deployment["resources"], *(one["resource"] for one in deployment["pending_operations"])]


def _forget_missing(resources: list[Resource]) -> None:
    """Take references to what a refresh has not found out of the resources."""
    known: set[str] = set()
    parents: dict[str, str] = {}

    def those_known(urns: list[str] | None) -> list[str]:
        return [urn for urn in urns or () if urn in known]

    for one in resources:
        properties = {key: those_known(urns) for key, urns in (one.pop("propertyDependencies", None) or {}).items()}
        left: Resource = {field: those_known(one.pop(field, None)) for field in ("dependencies", "replaceWith")}
        left["propertyDependencies"] = {key: urns for key, urns in properties.items() if urns}
        left["deletedWith"] = next(iter(those_known([one.pop("deletedWith", "")])), "")
        one |= {field: value for field, value in left.items() if value}
        known.add(one["urn"])
    for one in resources:
        parent = parents[one["urn"]] = one.pop("parent", "")
        if there := parent if parent in known else parents.get(parent):
            one["parent"] = there


def _apply_aliases(resources: list[Resource]) -> None:
    """Have all references to a resource use its URN, not one that it had before."""
    now: dict[str, str] = {}
    for one in resources:
        now |= dict.fromkeys(one.pop("aliases", None) or (), one["urn"])
        if (parent := now.get(one.get("parent", ""), "")) and _kind(parent) != STACK_TYPE:
            stack, project, kind, name = one["urn"].split("::", 3)
            now[one["urn"]] = f"{stack}::{project}::{_kind(parent)}${kind.rpartition('$')[2]}::{name}"
    if not now:
        return
    for one in resources:
        for field in ("urn", "parent", "deletedWith", "viewOf"):
            if field in one:
                one[field] = now.get(one[field], one[field])
        if provider := one.get("provider"):
            urn, _, made = provider.rpartition("::")
            one["provider"] = f"{now.get(urn, urn)}::{made}"
        for urns in (one.get("dependencies"), *(one.get("propertyDependencies") or {}).values()):
            if urns:
                urns[:] = [now.get(urn, urn) for urn in urns]


def _kind(urn: str) -> str:
    return urn.split("::", 3)[2]
