"""Kills parts of a sandbox at many points of its life, and sees that the next command works each time.

`make soak` does it under prod, with all its types; it takes about an hour and is run before a release.
`python -m tests.soak --points 1,9,18 --env local` takes some of the points, in another environment.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import tests.conftest  # noqa: F401 - puts the engine on PATH
from mlp.states import States
from sandbox.place import Place
from sandbox.processes import command, everything
from tests.sandbox.conftest import ABOVE, Checkout

LIMIT_SECONDS = 900
"""How long a command may take before the point counts as failed."""
REBOOT = ("engine", "provider", "account", "supervisor", "program")


class Point(NamedTuple):
    """What is killed, while which command has made or deleted how much; at rest if it names no command."""

    command: str
    done: int
    killed: tuple[str, ...]
    then: str

    def __str__(self) -> str:
        when = f"{self.command} after {self.done}" if self.command else "at rest"
        return f"{' and '.join(self.killed)} killed, {when}"


POINTS = (
    *(Point("up", done, (who,), "up") for who in ("engine", "account", "supervisor") for done in (10, 200, 400)),
    *(Point("up", done, ("provider",), "up") for done in (10, 200, 400)),
    Point("up", 200, ("mlp",), "up"),
    Point("up", 300, REBOOT, "up"),
    Point("", 0, ("account",), "preview"),
    Point("", 0, ("supervisor",), "preview"),
    Point("", 0, REBOOT, "up"),
    Point("down", 200, ("engine",), "down"),
    Point("down", 200, ("account", "supervisor"), "down"),
    Point("down", 200, ("mlp",), "down"),
)


class Soak:
    """An environment of a checkout of its own."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout
        self.place = Place(checkout.path, checkout.environment)
        self.stack = (checkout.environment, *(["--sandbox"] if checkout.environment != "local" else []))

    def run(self, verb: str) -> None:
        """Run a command that must succeed."""
        done = self.checkout.run(verb, *self.stack, "--json")
        if done.returncode:
            raise AssertionError(f"mlp {verb}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")

    def point(self, point: Point) -> None:
        """Bring about one point, and go on from there."""
        if point.command == "up":
            self.checkout.mlp("reset", self.checkout.environment)
        elif not self._resources():
            self.run("up")
        process = self._until(point) if point.command else None
        for pid in self._pids(point.killed, process):
            os.kill(pid, signal.SIGKILL)
        if process:
            process.communicate(timeout=LIMIT_SECONDS)
        self.run(point.then)
        if point.then == "down":
            self.gone()

    def gone(self) -> None:
        """See that nothing is left, no process and no file."""
        assert self.checkout.processes() == []
        assert not self.place.root.exists()

    def _until(self, point: Point) -> subprocess.Popen[str]:
        """Start a command and come back in the midst of it."""
        before = self._resources()
        reached: Callable[[], bool] = {
            "up": lambda: self._made() >= point.done,
            "down": lambda: self._resources() <= before - point.done,
        }[point.command]
        process, deadline = self.checkout.start(point.command, *self.stack, "--json"), time.monotonic() + LIMIT_SECONDS
        while not reached():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, point
            time.sleep(0.05)
        return process

    def _made(self) -> int:
        journal = self.place.root / "creates.jsonl"
        return journal.read_text().count('"id": "') if journal.exists() else 0

    def _resources(self) -> int:
        return len(States(self.place).resources(self.checkout.environment))

    def _pids(self, killed: tuple[str, ...], process: subprocess.Popen[str] | None) -> list[int]:
        found = [process.pid] if process and "mlp" in killed else []
        for one in everything():
            if one.root == self.place.root and _what(one.pid, one.role) in killed:
                found.append(one.pid)
        return found


def _what(pid: int, role: str) -> str:
    """What a process is: of all that an engine starts, its provider for AWS and the engine itself count."""
    line = command(pid)
    if role != "engine":
        return role
    return (
        "provider" if "sandbox.aws.provider" in line else "engine" if Path(line.split(" ")[0]).name == "pulumi" else ""
    )


def main() -> int:
    """Go through the points; 1 if one failed."""
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--env", default="prod", help="environment; default: prod")
    parser.add_argument("--points", default="", help="numbers of points, with commas; default: all")
    given = parser.parse_args()
    numbers = [int(one) for one in given.points.split(",") if one] or range(1, len(POINTS) + 1)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout(Path(folder, "checkout"), given.env, cluster=True, keep=ABOVE)
        checkout.timeout = LIMIT_SECONDS
        soak = Soak(checkout)
        try:
            for number in numbers:
                point = POINTS[number - 1]
                failed += not _told(f"{number}/{len(POINTS)} {point}", partial(soak.point, point))
            failed += not _told("down", lambda: soak.run("down"))
            failed += not _told("no process and no file is left", soak.gone)
        finally:
            checkout.end()
    print(f"{failed} failed", flush=True)
    return 1 if failed else 0


def _told(what: str, act: Callable[[], None]) -> bool:
    started = time.monotonic()
    try:
        act()
    except (AssertionError, subprocess.TimeoutExpired) as error:
        print(f"{what}: FAILED after {time.monotonic() - started:.0f} s: {error}", flush=True)
        return False
    print(f"{what}: the next command succeeded, {time.monotonic() - started:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
