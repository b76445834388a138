"""The verb `mlp kubectl`: the pinned kubectl on the control plane of a sandbox."""

import os
from collections.abc import Sequence
from typing import NoReturn

from mlp.fetch import fetch
from mlp.session import plane_of
from sandbox.kubernetes.plane import ControlPlaneError
from stacks.settings import Environment, Settings


def kubectl(arguments: Sequence[str]) -> NoReturn:
    """Become kubectl, after an environment's name if the first argument is one.

    Raises:
        ControlPlaneError: The control plane does not run.
        ToolchainError: kubectl cannot be had.
    """
    given = arguments[:1] if arguments and arguments[0] in list(Environment) else []
    environment = given[0] if given else Environment.LOCAL.value
    plane = plane_of(Settings.from_file(environment))
    if not plane.running:
        up = "mlp up" if environment == Environment.LOCAL else f"mlp up {environment} --sandbox"
        raise ControlPlaneError(f"the control plane of {environment} does not run; start it with `{up}`")
    program = fetch(["kubectl"]).tools["kubectl"].path
    assert program  # or fetch had failed
    # Nobody's proxy settings shall count on the way to this machine.
    variables = os.environ | {"KUBECONFIG": str(plane.kubeconfig), "NO_PROXY": "127.0.0.1"}
    os.execve(program, ["kubectl", *arguments[len(given) :]], variables)
