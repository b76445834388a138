"""The verb `mlp kubectl`: the pinned kubectl on the control plane of a sandbox."""

import os
from collections.abc import Sequence
from typing import NoReturn

from mlp.fetch import fetch
from mlp.places import plane_of
from stacks.settings import Environment, Settings

SANDBOX = "--sandbox"


def kubectl(arguments: Sequence[str]) -> NoReturn:
    """Become kubectl, after an environment's name if the first argument is one.

    Raises:
        ControlPlaneError: The control plane does not run.
        ToolchainError: kubectl cannot be had.
    """
    environment, rest = place(arguments)
    plane = plane_of(Settings.from_file(environment))
    plane.require()
    program = fetch(["kubectl"], needed_by="mlp kubectl").tools["kubectl"].path
    assert program  # or fetch had failed
    # Proxy settings do not apply on the way to this machine.
    variables = os.environ | {"KUBECONFIG": str(plane.kubeconfig), "NO_PROXY": "127.0.0.1"}
    os.execve(program, ["kubectl", *rest], variables)


def place(arguments: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The environment whose control plane is asked, and the arguments for kubectl.

    The environment may be named first. `--sandbox` is accepted beside it, as it is by other verbs.
    """
    named, rest = "", [*arguments]
    while rest and (rest[0] == SANDBOX or (not named and rest[0] in list(Environment))):
        first = rest.pop(0)
        named = named if first == SANDBOX else first
    return named or Environment.LOCAL.value, rest
