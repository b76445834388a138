"""`mlp up prod` against a program that registers the same resources raw, in the same engine and sandbox."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.meter import Took, adopt_orphans, bury, measure
from tests.bench.raw import plan
from tests.sandbox.conftest import Checkout

LINE = 1.25
"""The most processor time that components, settings and policies may take, as a multiple of the raw program's."""
ROUNDS = 2
UP = ("up", "--yes", "--stack", "prod", "--non-interactive")
Run = Callable[[], Any]


def compare(rounds: int = ROUNDS) -> None:
    """Bring prod up in three ways, one after the other in each round, and print the least that each took."""
    adopt_orphans()
    took: dict[str, list[Took]] = {}
    counts: dict[str, int] = {}
    planned: list[dict[str, Any]] = []
    for number in range(1, rounds + 1):
        for way in (mlp, components, raw):
            print(f"prod, round {number} of {rounds}: {way.__name__} ...", end=" ", flush=True)
            with checkout() as made:
                took.setdefault(way.__name__, []).append(measure(way(made, planned)))
                state = exported(made)
            planned = planned or plan(state)
            counts[way.__name__] = sum(one["custom"] for one in state["deployment"]["resources"])
            print(line(took[way.__name__][-1]), flush=True)
    if len(set(counts.values())) > 1:
        raise SystemExit(f"the ways make different numbers of resources, so that no ratio holds: {counts}")
    report({way: min(each, key=lambda one: one.cpu) for way, each in took.items()}, counts)


def report(least: dict[str, Took], counts: dict[str, int]) -> None:
    """The least that each way took, what lies between them, and the ratio that has a line to meet."""
    for way, one in least.items():
        print(f"prod, {way}: {counts[way]} resources, {line(one)}")
    floor = least["raw"]
    print(f"components and settings: {least['components'].cpu - floor.cpu:+.1f} s of processors")
    print(f"policies and mlp: {least['mlp'].cpu - least['components'].cpu:+.1f} s of processors")
    ratio, clock = least["mlp"].cpu / floor.cpu, least["mlp"].clock / floor.clock
    print(f"mlp up prod: {ratio:.2f} of the raw program's processor time, {clock:.2f} on the clock (at most {LINE})")


def mlp(made: Checkout, planned: list[dict[str, Any]]) -> Run:
    """The command as its users run it: preview, then update, both under the policies."""
    return lambda: made.mlp("up", "prod", "--sandbox")


def components(made: Checkout, planned: list[dict[str, Any]]) -> Run:
    """The same program under plain Pulumi, which previews and updates too, without policies."""
    return lambda: succeed(made, *UP)


def raw(made: Checkout, planned: list[dict[str, Any]]) -> Run:
    """The same resources, each registered by its type and inputs as the state has them.

    The floor is a low one: the SDK records a stack trace, which the engine writes with every step, only for resources
    of a class of their own.
    """
    shutil.copy(Path(__file__).with_name("program.py"), made.path / "__main__.py")
    (made.path / "plan.json").write_text(json.dumps(planned))
    return lambda: succeed(made, *UP)


@contextmanager
def checkout() -> Iterator[Checkout]:
    """A throw-away checkout whose emulated account and control plane run and are empty, and whose stack is there."""
    with tempfile.TemporaryDirectory() as folder:
        made = Checkout(Path(folder), "prod")
        try:
            succeed(made, "version")
            while not made.mlp("status", "prod")["kubernetes"]["ready"]:  # it starts by itself while others work
                time.sleep(0.2)
            yield made
        finally:
            made.end()
            bury()


def exported(made: Checkout) -> dict[str, Any]:
    """The state as the engine has recorded it, secrets and all: they are the sandbox's own."""
    return json.loads(succeed(made, "stack", "export", "--show-secrets", "--stack", "prod"))


def succeed(made: Checkout, *arguments: str) -> str:
    """Run Pulumi in a checkout; its standard output."""
    done = made.pulumi(*arguments)
    if done.returncode:
        raise SystemExit(f"pulumi {' '.join(arguments)} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def line(took: Took) -> str:
    """What something took, in words."""
    parts = f"engine, program and plugins {took.processes:.1f} s, account and control plane {took.servers:.1f} s"
    return f"{took.cpu:.1f} s of processors ({parts}), {took.clock:.1f} s on the clock"
