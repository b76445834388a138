"""Throw-away checkouts to measure in: `mlp` as users run it, and plain Pulumi beside it."""

import compileall
import json
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from tests.bench.meter import end_all
from tests.sandbox.conftest import ABOVE, Checkout

LONGEST = 1800
"""Seconds that any one command may take."""
GARBAGE = {"GOGC": "400"}
"""What `mlp` sets for the engine where the user has not: plain Pulumi gets it too, so that both collect as often."""


class Place:
    """A checkout of one environment.

    Attributes:
        made: The checkout.
        environment: Name of the environment.
        variables: Further variables of plain Pulumi.
    """

    def __init__(self, made: Checkout) -> None:
        self.made, self.environment = made, made.environment
        self.variables = dict(GARBAGE)

    @property
    def pack(self) -> tuple[str, str]:
        """The option that hands the policies to the engine."""
        return "--policy-pack", str(self.made.path / "policies" / "run")

    def mlp(self, *arguments: str) -> dict[str, Any]:
        """A command as its users run it."""
        sandbox = ("--sandbox",) if self.environment != "local" and arguments[0] not in ("status", "env") else ()
        sandbox = ("--sandbox",) if arguments[0] == "bootstrap" else sandbox
        return self.made.mlp(*arguments[:1], self.environment, *arguments[1:], *sandbox)

    def pulumi(self, verb: str, *arguments: str) -> str:
        """An operation of plain Pulumi on the environment's stack; its standard output."""
        return self.plain(verb, "--stack", self.environment, "--non-interactive", *arguments)

    def plain(self, *arguments: str) -> str:
        """Any command of plain Pulumi in the sandbox's project, as `mlp` runs it; its standard output."""
        # Elsewhere than in `local`, `pulumi` runs the sandbox's project anyway.
        project = ("-C", f".sandbox/{self.environment}/project") if self.environment == "local" else ()
        done = self.made.pulumi(*project, *arguments, **self.variables)
        if done.returncode:
            raise SystemExit(f"pulumi {' '.join(arguments)} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout

    def enter(self) -> None:
        """What a user of plain Pulumi runs first: `eval "$(mlp env ENV)"`, which starts account and control plane."""
        self.made.environment_lines = ""
        self.made.pulumi("version")

    def change(self) -> None:
        """Change one setting, and with it one resource: how long the bucket of access logs keeps them."""
        file = self.made.path / "stacks" / f"Pulumi.{self.environment}.yaml"
        document = yaml.safe_load(file.read_text())
        document["config"]["ml-platform:accessLogs"]["retentionDays"] += 1
        file.write_text(yaml.safe_dump(document))

    def servers(self) -> set[int]:
        """Process ids of what `mlp` starts and leaves running, by the records that it keeps of them."""
        found = set[int]()
        folder = self.made.path / ".sandbox" / self.environment
        for record in (*folder.glob("*.json"), *folder.glob("kubernetes/*.json")):
            with suppress(OSError, ValueError, LookupError, TypeError):
                found.add(json.loads(record.read_text())["pid"])
        return found

    def wait(self) -> None:
        """Wait until account and control plane are ready."""
        while (status := self.mlp("status")).get("kubernetes") and not status["kubernetes"]["ready"]:
            time.sleep(0.2)


@contextmanager
def place(environment: str) -> Iterator[Place]:
    """A checkout in which nothing runs, and whose Python is compiled, as after an earlier `down`."""
    with tempfile.TemporaryDirectory() as folder:
        made = Checkout(Path(folder), environment, cluster=True, keep=ABOVE)
        made.timeout = LONGEST
        compileall.compile_dir(folder, quiet=2, workers=1)
        try:
            yield Place(made)
        finally:
            made.end()
            end_all()


def succeed(command: list[str], codes: Collection[int] = (0,), **options: Any) -> str:
    """Run a command; its standard output.

    Raises:
        SystemExit: It ended with another exit code than those given.
    """
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, **options)
    if done.returncode not in codes:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout
