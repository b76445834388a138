"""Stacks as files: a line with the state, and below it a line for each batch of journal entries since."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sandbox.backend.replay import replay
from sandbox.files import write_private
from sandbox.processes import alive, started

EMPTY = {"version": 3, "deployment": {"manifest": {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""}}}
RECORD = "backend.json"
"""The file beside the folder of the stacks that names the process which serves them."""
LEASE_SECONDS = 300
"""An engine renews its lease within this time, or has ended; asked only where its process is not known."""


class StoreError(Exception):
    """A request that is refused, with the HTTP status that says how."""

    def __init__(self, code: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Stack:
    """A stack: `<stack>.jsonl`, and `<stack>.update` from the start of an update until it has completed.

    Both files are replaced atomically. The state is never saved while an update runs: what has been appended when the
    engine or this service is killed is the state.
    """

    file: Path

    @property
    def name(self) -> str:
        """Its name."""
        return self.file.stem

    @property
    def project(self) -> str:
        """The name of its project."""
        return self.file.parent.name

    @property
    def update(self) -> dict[str, Any] | None:
        """The update that has started and not completed, or None: `id`, `engine`, a process number or None, `since`."""
        try:
            return json.loads(self._update.read_text())
        except FileNotFoundError:
            return None

    @property
    def engine_at_work(self) -> bool:
        """Whether an engine is changing it now; one that was killed leaves its update behind."""
        if not (update := self.update):
            return False
        if update["engine"]:
            return alive(update["engine"]) and started(update["engine"]) == update["since"]
        return time.time() - self._update.stat().st_mtime < LEASE_SECONDS

    @property
    def refusal(self) -> str:
        """What is said while an engine is at work."""
        engine = (self.update or {}).get("engine")
        return f"an engine{f' (process {engine})' if engine else ''} is changing the stack {self.name}"

    @property
    def _update(self) -> Path:
        return self.file.with_suffix(".update")

    def export(self) -> bytes:
        """The state, `{version, features, deployment}` as JSON."""
        base, *lines = self.file.read_bytes().split(b"\n")
        if not lines:
            return base
        return json.dumps(replay(json.loads(base), _entries(lines))).encode()

    def replace(self, state: dict[str, Any]) -> None:
        """Have another state, and no update that has not completed."""
        self._refuse_at_work()
        _write(self.file, state)
        self._update.unlink(missing_ok=True)

    def remove(self, force: bool) -> None:
        """Forget it; with resources only when forced."""
        self._refuse_at_work()
        if not force and json.loads(self.export())["deployment"].get("resources"):
            # The engine knows this refusal by its words: `isStackHasResourcesError` in httpstate/client/client.go.
            raise StoreError(HTTPStatus.BAD_REQUEST, "Bad Request: Stack still contains resources.")
        self._update.unlink(missing_ok=True)
        self.file.unlink()

    def start(self, update: str, engine: int | None, version: str) -> None:
        """Begin an update, of an engine by its process number and version; one that a dead engine has left ends."""
        self._refuse_at_work()
        state = json.loads(self.export())
        now, magic = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), sha256(version.encode()).hexdigest()
        state["deployment"]["manifest"] = {"time": now, "magic": magic if version else "", "version": version}
        _write(self.file, state)
        _write(self._update, {"id": update, "engine": engine, "since": started(engine) if engine else ""})

    def append(self, update: str, entries: bytes) -> None:
        """Keep a batch of journal entries, `{entries: [...]}` as JSON without line breaks."""
        self._refuse_other(update)
        with self.file.open("ab") as file:
            # The break comes first: half a line, left where the disk was full, does not spoil the next.
            file.write(b"\n" + entries)

    def renew(self, update: str) -> None:
        """Hear that the engine of an update is still there."""
        self._refuse_other(update)
        os.utime(self._update)

    def finish(self, update: str) -> None:
        """Complete an update, or give it up."""
        self._refuse_other(update)
        _write(self.file, json.loads(self.export()))
        self._update.unlink()

    def _refuse_at_work(self) -> None:
        if self.engine_at_work:
            raise StoreError(HTTPStatus.CONFLICT, self.refusal)

    def _refuse_other(self, update: str) -> None:
        if (self.update or {}).get("id") != update:
            raise StoreError(HTTPStatus.CONFLICT, f"the update {update} of the stack {self.name} was cancelled")


@dataclass(frozen=True)
class Store:
    """All stacks in a folder, `<project>/<stack>.jsonl`."""

    folder: Path

    def stacks(self, project: str = "*") -> list[Stack]:
        """The stacks of a project, or of all, by name."""
        return [Stack(file) for file in sorted(self.folder.glob(f"{project}/*.jsonl"))]

    def stack(self, project: str, name: str) -> Stack:
        """A stack that is there."""
        stack = self._stack(project, name)
        if not stack.file.exists():
            raise StoreError(HTTPStatus.NOT_FOUND, f"no stack {project}/{name}")
        return stack

    def create(self, project: str, name: str, state: dict[str, Any] | None) -> None:
        """Make a stack, empty or with a state."""
        stack = self._stack(project, name)
        if stack.file.exists():
            raise StoreError(HTTPStatus.CONFLICT, f"the stack {name} already exists")
        stack.file.parent.mkdir(parents=True, exist_ok=True)
        _write(stack.file, state or EMPTY)

    def _stack(self, project: str, name: str) -> Stack:
        return Stack(self.folder / project / f"{name}.jsonl")


def _entries(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            yield from json.loads(line)["entries"]
        except json.JSONDecodeError:
            continue  # half a line: the engine was never told that it was kept


def _write(file: Path, content: dict[str, Any]) -> None:
    write_private(file, json.dumps(content))
