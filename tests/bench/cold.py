"""Times the first `mlp up local` of a machine: nothing in the cache of programs."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from tests.bench.life import Say, compared
from tests.bench.meter import Took, measure
from tests.bench.place import place
from tests.bench.results import Row
from tests.bench.sides import NAMED
from tests.sandbox.conftest import ROOT

RATE = 50
"""Megabytes a second that the server of releases sends."""


def first(variables: dict[str, str], say: Say) -> Took:
    """What `mlp up local` takes with an empty cache of programs."""
    with tempfile.TemporaryDirectory() as cache, changed({**variables, "MLP_CACHE": cache}), place("local") as where:
        say("local, nothing in the cache: mlp up ...")
        return measure(lambda: where.mlp("up"), where.servers)


@contextmanager
def changed(variables: dict[str, str]) -> Iterator[None]:
    """Further variables of this process, for a time."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def cold(connected: bool, say: Say) -> list[Row]:
    """A row for the first `mlp up local`, beside one that finds all programs in the cache.

    Args:
        connected: Whether the official releases can be had, from a server on loopback; else all is built from source.
        say: Called with a line about what is measured now.
    """
    with place("local") as where:
        say("local, all programs in the cache: mlp up ...")
        warm = measure(lambda: where.mlp("up"), where.servers)
    with releases() if connected else nullcontext({}) as variables:
        took = first(variables, say)
    part, how = ("cold", f"releases at {RATE} MB/s") if connected else ("cold-closed", "built from source")
    named = {**NAMED, "MLP_CACHE": "an empty cache is what is measured", "MLP_RELEASES_MIRROR": "where releases are"}
    return [compared(f"local: first mlp up, {how}", part, took, "with all programs cached", warm, "", named)]


@contextmanager
def releases() -> Iterator[dict[str, str]]:
    """A server of releases on loopback, packed from the programs in the cache; the variables that lead to it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.release_server", folder, "--rate", str(RATE)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout
                yield {"MLP_RELEASES_MIRROR": server.stdout.readline().strip()}
            finally:
                server.terminate()
