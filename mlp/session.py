"""One environment in the sandbox: settings checked, programs there, account running, engine ready."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlp.engine import Engine, EngineError
from mlp.fetch import fetch, start_plane
from mlp.outcome import Outcome
from mlp.places import SessionError, cluster_programs, place_of, plane_of, plane_programs
from mlp.states import States, adopt, made
from sandbox import claims
from sandbox.account import Account
from sandbox.backend.process import Backend
from sandbox.files import decoded, write_private
from sandbox.kubernetes.plane import ControlPlane
from sandbox.place import Place, refuse_foreign_endpoints
from sandbox.processes import end_all, mark, marked, wait_for_end
from stacks.settings import Settings

ENGINE_TOOLS = ("pulumi", "pulumi-language-python")
ENGINE = "engine"
"""Role of the engine and of all that it starts."""
ENGINE_SECONDS = 15
"""How long the providers of a dead engine have to finish what they do."""


@dataclass(frozen=True)
class Session:
    """An environment, its place on this machine, its state backend, account and control plane, and its engine."""

    settings: Settings
    place: Place
    backend: Backend
    account: Account
    plane: ControlPlane
    with_plane: bool = True
    """Whether the control plane is started, where the stack needs one."""

    @cached_property
    def engine(self) -> Engine:
        """The engine of the stack, with the address of the account.

        Raises:
            AccountError: The account was not started.
            ToolchainError: The engine cannot be had.
        """
        return Engine(self.variables | mark(self.place.root, ENGINE), self.place.project(self.stack, {}))

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that point the engine to this sandbox."""
        return self.place.environment(fetch(ENGINE_TOOLS).path, self.account.address, self.backend.start())

    @cached_property
    def states(self) -> States:
        """What the engine has saved of the environment's stacks."""
        return States(self.place)

    @property
    def stack(self) -> str:
        """The stack's name: the environment's, or that of one layer of it."""
        return self.settings.stack

    @contextmanager
    def changing(self, say: Callable[[str], None] = lambda text: None) -> Iterator[Callable[[], None]]:
        """Hold the environment while it is changed, with account and control plane started and a state that is true.

        The control plane is started where the stack has something in it, and not waited for: its provider does that.
        The function it gives is to be called once the change has succeeded; if it is not, the next one makes good.

        Raises:
            SessionError: Another `mlp` or `pulumi` is changing it.
            PlaceError: Its folder cannot be written.
            ToolchainError: A program cannot be had.
            AccountError: The emulated account does not start.
            ControlPlaneError: The control plane does not start.
        """
        self.place.prepare()
        with self.alone():
            self._open(say)
            self._unfinished.touch()
            try:
                yield self._finish
            finally:
                if self._unfinished.exists():
                    self._end_engine()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the environment, so that no other command changes it.

        Raises:
            SessionError: Another one does.
        """
        environment, file = self.settings.environment, self.place.root / "lock"
        if not (lock := claims.claim(file)):
            holder = f", process {number}," if (number := file.read_text()) else ""
            raise SessionError(f"another `mlp`{holder} is changing {environment}; wait until it has ended")
        with lock:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def destroy(self, on_step: Callable[[int], None]) -> Outcome:
        """Destroy the stack, and forget it once nothing is left of it."""
        outcome = self.engine.run("destroy", "--yes", "--skip-preview", "--stack", self.stack, on_step=on_step)
        if outcome.ok:
            self.remove(self.stack)
        return outcome

    def remove(self, stack: str) -> None:
        """Forget a stack that holds nothing."""
        self._note({name: plane for name, plane in self._made_on["stacks"].items() if name != stack})
        self.engine.call("stack", "rm", stack, "--yes", "--force", "--preserve-config")
        self.place.path(f"{stack}.unfinished").unlink(missing_ok=True)

    @property
    def empty(self) -> bool:
        """Whether no stack of the environment holds anything, so that nothing has to be deleted."""
        begun = any(self.place.root.glob("*.unfinished"))
        return not begun and not any(map(self.states.hold, self.states.names))

    def forget(self) -> None:
        """Stop everything, and forget what the account and the control plane held, and every state of it."""
        self._end_engine()
        self.plane.forget()
        self.account.stop()
        self.backend.stop()
        for left in (*self.place.root.glob("*.unfinished"), self._journal, self._basis):
            left.unlink(missing_ok=True)
        self.states.forget()
        self.__dict__.pop("engine", None)

    def _open(self, say: Callable[[str], None]) -> None:
        if why := self.lost:
            self._start_over(why, say)
        else:
            self._begin()
        if self._in_new_plane:
            why = "the control plane is a new one"
        elif self._unfinished.exists() or self.states.stack(self.stack).update:
            why = "the last change did not finish"
        else:
            return
        say(f"{why}: comparing the state with the account")
        self._wait_for_engine(say)
        ids, unknown = made(self._journal)
        if unknown:
            self._start_over(f"cannot tell whether {', '.join(map(_name, sorted(unknown)))} was created", say)
        else:
            self._recover(ids)

    def _begin(self) -> None:
        """Start the account and the control plane, and make the stack if need be."""
        self.place.install_providers()
        programs = plane_programs(self.settings) if self.with_plane else []
        needed = cluster_programs(self.settings) if self.with_plane else []
        fetch([*ENGINE_TOOLS, *needed])  # in one go: modules of the later ones are downloaded while the first compile
        account = self.account.start()
        if programs:
            start_plane(self.plane, programs)
        known = self._made_on["stacks"] if self._made_on["account"] == account else {}
        self._note(known)
        if self.stack not in self.states.names:
            # Takes as long as the account needs to start.
            self.engine.call("stack", "init", self.stack)
        self._note({self.stack: self.plane.id, **known})
        self.account.wait()

    @property
    def lost(self) -> str:
        """Why the states of the environment cannot be true, if they cannot."""
        account, known = self.account.running, self._made_on
        if not account:
            ended = "the emulated account has ended, and with it all it held"
            return ended if self.states.names or known["stacks"] else ""
        if known["account"] != account["id"]:
            return "the state of what the emulated account holds is lost"
        lost = [name for name in sorted({*known["stacks"], *self.states.names}) if self.states.deployment(name) is None]
        return f"the state of {', '.join(lost)} is lost" if lost else ""

    def _start_over(self, why: str, say: Callable[[str], None]) -> None:
        say(f"{why}: starting over with an empty account")
        self.forget()
        self._begin()

    def _recover(self, ids: Mapping[str, str]) -> None:
        """Make the state true again: adopt what a dead engine made, forget what is gone."""
        try:
            exported = json.loads(self.engine.call("stack", "export", "--stack", self.stack))
            adopt(exported["deployment"], ids)
            self.engine.call("stack", "import", "--stack", self.stack, given=json.dumps(exported))
            outcome = self.engine.run("refresh", "--yes", "--skip-preview", "--stack", self.stack)
            errors = [] if outcome.ok else outcome.errors
        except EngineError as error:
            errors = [str(error)]
        if errors:
            told = ["the state cannot be compared with the account:", *errors]
            raise SessionError("\n".join([*told, f"Next: `mlp reset {self.settings.environment}`"]))
        self._note({**self._made_on["stacks"], self.stack: self.plane.id})
        self._journal.unlink(missing_ok=True)

    @property
    def _in_new_plane(self) -> bool:
        """Whether the state speaks of objects of a control plane that is gone."""
        known = self._made_on["stacks"]
        if not self.with_plane or not self.settings.in_cluster or known[self.stack] == self.plane.id:
            return False
        if self.states.uses_cluster(self.stack):
            return True
        self._note({**known, self.stack: self.plane.id})
        return False

    def _wait_for_engine(self, say: Callable[[str], None]) -> None:
        """Wait for an engine whose command was killed, and for the providers of a killed engine.

        Raises:
            SessionError: Another program runs the engine without `mlp`.
        """
        kept = self.states.stack(self.stack)
        engine = (kept.update or {}).get("engine") or 0
        if engine in marked(self.place.root, ENGINE):
            say(f"the engine of an earlier command is still at work, process {engine}: waiting for it")
            wait_for_end([engine])
        elif kept.engine_at_work:
            reset = f"mlp reset {self.settings.environment}"
            raise SessionError(f"{kept.refusal}; wait until it has ended, or run `{reset}`")
        self._end_engine()

    def _end_engine(self) -> None:
        """Let what a dead engine has started finish what it does, then end it."""
        if not wait_for_end(marked(self.place.root, ENGINE), ENGINE_SECONDS):
            end_all(marked(self.place.root, ENGINE), ENGINE_SECONDS)

    def _finish(self) -> None:
        self._journal.unlink(missing_ok=True)
        self._unfinished.unlink(missing_ok=True)

    @property
    def _unfinished(self) -> Path:
        return self.place.root / f"{self.stack}.unfinished"

    @property
    def _journal(self) -> Path:
        return self.place.root / "creates.jsonl"

    @property
    def _basis(self) -> Path:
        return self.place.root / "basis.json"

    @property
    def _made_on(self) -> dict[str, Any]:
        """The id of the account that the states speak of, and each stack with the id of its control plane."""
        return {"account": "", "stacks": {}, **decoded(self._basis)}

    def _note(self, stacks: Mapping[str, str]) -> None:
        account = self.account.running or {"id": ""}
        write_private(self._basis, json.dumps({"account": account["id"], "stacks": stacks}))


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]


def open_session(stack: str) -> Session:
    """Check the settings of a stack and the surroundings; nothing is started yet.

    Raises:
        SettingsError: A setting is wrong.
        PlaceError: A variable of the shell leads off this machine.
    """
    settings = Settings.from_file(stack)
    refuse_foreign_endpoints(os.environ)
    place = place_of(settings)
    return Session(settings, place, Backend(place), Account(place, settings.account), plane_of(settings))
