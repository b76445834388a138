"""Runs the Pulumi engine and reads what it did from its event log."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlp.outcome import Outcome, plain
from sandbox.place import GOGC


class EngineError(Exception):
    """A command of the engine failed; the message holds the command and its error."""


@dataclass(frozen=True)
class Engine:
    """The engine in one environment: its variables, and the folder of the project it runs."""

    environment: Mapping[str, str]
    project: Path

    def with_variables(self, variables: Mapping[str, str]) -> "Engine":
        """The same engine with further variables."""
        return Engine({**self.environment, **variables}, self.project)

    def run(self, *arguments: str, on_step: Callable[[int], None] = lambda done: None) -> Outcome:
        """Run an operation on a stack, such as `preview`; `on_step` hears how many resources it has finished with.

        An interrupt is passed on to the engine, which finishes what is under way and saves its state; a second one
        makes it stop at once.
        """
        outcome = Outcome()
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder, "events.json")
            command = [*arguments, "--event-log", str(log), "--suppress-progress", "--color", "never"]
            with (Path(folder, "output")).open("w+") as output:
                engine = self._start(command, output)
                try:
                    for event in _follow(log, engine):
                        outcome.take(event)
                        on_step(len(outcome.done))
                except KeyboardInterrupt:
                    _interrupt(engine)
                    raise
                output.seek(0)
                text = output.read()
        if engine.returncode != 0:
            outcome.ok = False
            if not outcome.errors and not outcome.violations:
                outcome.errors.append(plain(text).strip() or f"the engine ended with code {engine.returncode}")
        return outcome

    def call(self, *arguments: str, given: str = "") -> str:
        """Run a command that is no operation, such as `stack init`, on a standard input; its standard output.

        Raises:
            EngineError: It failed.
        """
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.project,
            env={**os.environ, **self.environment},
            capture_output=True,
            input=given,
            text=True,
        )
        if done.returncode != 0:
            raise EngineError(f"pulumi {' '.join(arguments)}: {plain(done.stderr)}")
        return done.stdout

    def protects(self, stack: str) -> bool:
        """Whether something in a stack's state refuses to be deleted."""
        state = json.loads(self.call("stack", "export", "--stack", stack))
        return any(resource.get("protect") for resource in state["deployment"].get("resources") or ())

    def _start(self, arguments: list[str], output: Any) -> subprocess.Popen:
        # The engine keeps `--event-log` behind this variable; the Automation API sets it too.
        variables = {"GOGC": GOGC, **os.environ, **self.environment, "PULUMI_DEBUG_COMMANDS": "true"}
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.project,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Out of the terminal's reach: what the terminal interrupts is `mlp`, which passes it on once.
            start_new_session=True,
        )


def _interrupt(engine: subprocess.Popen) -> None:
    while engine.poll() is None:
        engine.send_signal(signal.SIGINT)
        with suppress(KeyboardInterrupt):
            engine.wait()


def _follow(log: Path, engine: subprocess.Popen) -> Iterator[dict[str, Any]]:
    """The events of a log as they are written, until the engine has ended."""
    rest = ""
    position = 0
    while True:
        ended = engine.poll() is not None
        if log.exists():
            with log.open() as file:
                file.seek(position)
                rest += file.read()
                position = file.tell()
            *lines, rest = rest.split("\n")
            for line in lines:
                yield json.loads(line)
        if ended:
            return
        time.sleep(0.05)
