"""One environment in the sandbox: settings checked, programs there, account running, engine ready."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlp.engine import Engine
from mlp.fetch import fetch, start_plane
from mlp.outcome import Outcome
from sandbox.account import Account
from sandbox.backend.process import Backend
from sandbox.backend.store import Stack
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import ROLLOUTS, START
from sandbox.place import Place, refuse_foreign_endpoints
from stacks._fields import PROJECT
from stacks.settings import Settings

ENGINE_TOOLS = ("pulumi", "pulumi-language-python")


class SessionError(Exception):
    """The environment cannot be worked on now; the message says what to do."""


def checkout() -> Path:
    """The checkout that the current folder lies in.

    Raises:
        SessionError: There is none.
    """
    for folder in (here := Path.cwd(), *here.parents):
        if (folder / "Pulumi.yaml").is_file() and (folder / "stacks").is_dir():
            return folder
    raise SessionError(f"{here} is not in a checkout of the platform: no Pulumi.yaml with stacks/ here or above")


@dataclass(frozen=True)
class Session:
    """An environment, its place on this machine, its state backend, account and control plane, and its engine."""

    settings: Settings
    place: Place
    backend: Backend
    account: Account
    plane: ControlPlane
    engine: Engine

    @property
    def stack(self) -> str:
        """The stack's name: the environment's, or that of one layer of it."""
        return self.settings.stack

    @property
    def stacks(self) -> list[str]:
        """The environment's stacks that have been made; they share its account."""
        return [stack.name for stack in self.backend.store.stacks(PROJECT)]

    @property
    def _unfinished(self) -> Path:
        return self.place.path(f"{self.stack}.unfinished")

    @property
    def _kept(self) -> Stack:
        """The stack as the backend keeps it; an update that outlives its engine means that the engine was killed."""
        return self.backend.store.stack(PROJECT, self.stack)

    def uses_cluster(self, stack: str) -> bool:
        """Whether a stack's state has anything in the control plane."""
        return b'"kubernetes:' in self.backend.store.stack(PROJECT, stack).export()

    @contextmanager
    def changing(self, say: Callable[[str], None] = lambda text: None) -> Iterator[Callable[[], None]]:
        """Hold the environment while it is changed, after making good what an earlier change left behind.

        The function it gives is to be called once the change has succeeded; if it is not, the next one makes good.

        Raises:
            SessionError: Somebody else is changing it.
        """
        environment = self.settings.environment
        with self.place.path("lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SessionError(f"another `mlp` is changing {environment}; wait until it has ended") from None
            if self._kept.engine_at_work:
                raise SessionError(f"{self._kept.refusal}; wait until it has ended")
            if self._unfinished.exists() or self._kept.update:
                say("the last change did not finish: comparing the state with the account")
                self._recover()
            self._unfinished.touch()
            yield self._finish

    def destroy(self, on_step: Callable[[int], None]) -> Outcome:
        """Destroy the stack, and forget it once nothing is left of it."""
        outcome = self.engine.run("destroy", "--yes", "--skip-preview", "--stack", self.stack, on_step=on_step)
        if outcome.ok:
            self.engine.call("stack", "rm", self.stack, "--yes", "--preserve-config")
        return outcome

    def _finish(self) -> None:
        self.place.path("creates.jsonl").unlink(missing_ok=True)
        self._unfinished.unlink()

    def _recover(self) -> None:
        """Make the state true again: adopt what a dead engine made, forget what is gone."""
        exported = json.loads(self.engine.call("stack", "export", "--stack", self.stack))
        adopt(exported["deployment"], self._made())
        self.engine.call("stack", "import", "--stack", self.stack, given=json.dumps(exported))
        outcome = self.engine.run("refresh", "--yes", "--skip-preview", "--stack", self.stack)
        if not outcome.ok:
            raise SessionError("the state cannot be compared with the account:\n" + "\n".join(outcome.errors))

    def _made(self) -> dict[str, str]:
        """URN to id of what the providers made, the latest last."""
        journal = self.place.path("creates.jsonl")
        lines = journal.read_text().splitlines() if journal.exists() else []
        return {entry["urn"]: entry["id"] for entry in map(json.loads, lines)}


def adopt(deployment: dict[str, Any], made: Mapping[str, str]) -> None:
    """Put what a dead engine was making, and did make, among the resources; forget its other plans.

    The engine's own way, `refresh --import-pending-creates`, renames the pending operation but adopts nothing.
    """
    resources = deployment.setdefault("resources", [])
    for pending in deployment.pop("pending_operations", None) or []:
        resource = pending["resource"]
        if pending["type"] == "creating" and resource["urn"] in made:
            for replaced in resources:
                if replaced["urn"] == resource["urn"]:
                    replaced["delete"] = True
            resources.append({**resource, "id": made[resource["urn"]]})


def open_session(stack: str, plane: bool = True) -> Session:
    """Check the settings of a stack, fetch missing programs, start its environment's account and control plane.

    The control plane is started where the stack has something in it, and not waited for: its provider does that.

    Args:
        stack: Name of the stack.
        plane: Whether the control plane is started at all.

    Raises:
        SettingsError: A setting is wrong; nothing was started.
        PlaceError: A variable of the shell leads off this machine.
        ToolchainError: A program cannot be had.
        AccountError: The emulated account does not start.
        ControlPlaneError: The control plane does not start.
    """
    settings = Settings.from_file(stack)
    refuse_foreign_endpoints(os.environ)
    place = place_of(settings)
    place.install_providers()
    backend, account = Backend(place), Account(place, settings.account)
    programs = plane_programs(settings) if plane else []
    fetch([*ENGINE_TOOLS, *programs])  # in one go: modules of the later ones are downloaded while the first compile
    address = backend.start()
    tools = fetch(ENGINE_TOOLS)
    control = plane_of(settings)
    fresh = account.start()
    empty = bool(programs) and start_plane(control, programs)
    project = place.project(settings.stack, {})
    engine = Engine(place.environment(tools.path, "", address), project)
    session = Session(settings, place, backend, account, control, engine)
    for stack in session.stacks:
        if fresh or (empty and session.uses_cluster(stack)):
            # The state speaks of an account or a control plane that is gone.
            place.path(f"{stack}.unfinished").touch()
    if session.stack not in session.stacks:
        # Takes as long as the account needs to start.
        session.engine.call("stack", "init", session.stack)
    return replace(session, engine=engine.with_variables({"AWS_ENDPOINT_URL": account.wait()}))


def plane_programs(settings: Settings) -> list[str]:
    """The programs of the control plane that a stack needs: none where nothing of it is in a cluster."""
    return [*START, *([ROLLOUTS] if settings.serves else [])] if settings.in_cluster else []


def plane_of(settings: Settings) -> ControlPlane:
    """The control plane of an environment's sandbox, whether it runs or not."""
    return ControlPlane(place_of(settings), settings.region)


def place_of(settings: Settings) -> Place:
    """Where the sandbox of an environment lies."""
    return Place(checkout(), settings.environment.value)
