"""An emulated account in which the examples of rules come true, made by the sandbox's own provider."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi

from policies._decode import resources_of
from policies._view import Stack
from sandbox.aws.engine import Resource
from sandbox.aws.tables import KINDS
from sandbox.place import CREDENTIALS
from sandbox.processes import free_port
from tests.components.conftest import ACCOUNT, REGION, whole
from tests.policies.examples import Emulation, listening, run
from tests.sandbox.conftest import Checkout, until


class NotEmulated(Exception):
    """A type that the sandbox does not know, or only records."""


class Made(Emulation):
    """Makes what is registered."""

    def __init__(self) -> None:
        super().__init__(preview=False)
        self.ids: set[str] = set()

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        kind = KINDS.get(args.typ)
        if not kind or not kind.emulated:
            raise NotEmulated(args.typ)
        values = Resource(kind, args.name, REGION, whole(args.inputs)).normalise({})
        id_, state = Resource(kind, args.name, REGION, values).create()
        self.ids |= {id_, *(str(state[key]) for key in ("arn", "name", "bucket", "url") if state.get(key))}
        return id_, {**args.inputs, **state}


@contextmanager
def account(log: Path) -> Iterator[str]:
    """An empty account; its address. What its server says goes into a file."""
    port = free_port(0)
    command = [sys.executable, "-m", "sandbox.moto_server", "-H", "127.0.0.1", "-p", str(port)]
    variables = os.environ | CREDENTIALS | {"MOTO_ACCOUNT_ID": ACCOUNT, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    variables["MLP_SANDBOX_DEFAULT_VPC"] = "keep"  # examples of databases name no network
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=variables) as server:
        try:
            until(lambda: Checkout.answers(port), what="the account did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def empty(endpoint: str) -> None:
    """Forget everything that the account holds."""
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST"), timeout=30):
        pass


def made(program: str) -> tuple[Stack, set[str]]:
    """Make what an example registers: the plan of it, and the ids of what there is now.

    Raises:
        NotEmulated: The account cannot hold something of it.
    """
    emulation = Made()
    requests = listening(lambda: run(program), "prod", False, emulation)
    return Stack("prod", resources_of(requests)), emulation.ids
