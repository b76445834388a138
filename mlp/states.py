"""What the engine has saved of an environment's stacks, what it made since, and how the two are joined."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlp.outcome import STACK_TYPE, masked
from sandbox.backend.process import Backend
from sandbox.backend.replay import ReplayError
from sandbox.backend.store import Stack, Store, StoreError
from sandbox.place import Place
from stacks._fields import PROJECT


@dataclass(frozen=True)
class States:
    """The states of an environment's stacks; they share its account."""

    place: Place

    @property
    def names(self) -> list[str]:
        """The stacks that have been made."""
        return sorted(stack.name for stack in self._store.stacks(PROJECT))

    def stack(self, name: str) -> Stack:
        """A stack as the state backend keeps it; an update that has outlived its engine means that it was killed."""
        return self._store.stack(PROJECT, name)

    def deployment(self, stack: str) -> dict[str, Any] | None:
        """What was last saved of a stack, or None if that cannot be read."""
        try:
            return json.loads(self.stack(stack).export())["deployment"]
        except (StoreError, ReplayError, OSError, ValueError, LookupError, TypeError):
            return None

    def resources(self, stack: str) -> list[dict[str, Any]]:
        """The resources of a stack, providers and components included; none if its state cannot be read."""
        return (self.deployment(stack) or {}).get("resources") or []

    def outputs(self, stack: str) -> dict[str, Any]:
        """The outputs of a stack, with secrets masked; empty if it is not up."""
        for one in self.resources(stack):
            if one["type"] == STACK_TYPE:
                return masked(one.get("outputs") or {})
        return {}

    def hold(self, stack: str) -> bool:
        """Whether a stack has a resource that has to be deleted before the stack can be forgotten."""
        return any(one.get("custom") and not one["type"].startswith("pulumi:") for one in self.resources(stack))

    def uses_cluster(self, stack: str) -> bool:
        """Whether a stack's state has anything in the control plane."""
        return any(one["type"].startswith("kubernetes:") for one in self.resources(stack))

    def forget(self) -> None:
        """Remove all of them."""
        shutil.rmtree(self._store.folder, ignore_errors=True)

    @property
    def _store(self) -> Store:
        return Backend(self.place).store


def made(journal: Path) -> tuple[dict[str, str], set[str]]:
    """URN to id of what the providers made, the latest last, and the URNs of what was begun and never ended."""
    ids, begun = dict[str, str](), set[str]()
    for line in journal.read_text().splitlines() if journal.exists() else ():
        try:
            entry = json.loads(line)
        except ValueError:  # half a line
            continue
        urn, id_ = entry["urn"], entry["id"]
        begun.add(urn) if id_ is None else begun.discard(urn)
        if id_:
            ids[urn] = id_
    return ids, begun


def adopt(deployment: dict[str, Any], ids: Mapping[str, str]) -> None:
    """Put what a dead engine was making, and did make, among the resources; forget its other plans.

    The engine's own way, `refresh --import-pending-creates`, renames the pending operation but adopts nothing.
    """
    resources = deployment.setdefault("resources", [])
    for pending in deployment.pop("pending_operations", None) or []:
        resource = pending["resource"]
        if pending["type"] == "creating" and resource["urn"] in ids:
            for replaced in resources:
                if replaced["urn"] == resource["urn"]:
                    replaced["delete"] = True
            resources.append({**resource, "id": ids[resource["urn"]]})
