"""What `mlp promote` does: the promotion of the workloads, with the gate of an environment's settings."""

from argparse import Namespace

from stacks.settings import Settings, SettingsError
from workloads.promotion.__main__ import GateError, run
from workloads.promotion.gate import Policy


def promote(asked: Namespace) -> int:
    """Do it, and return the exit code; see `mlp promote --help`."""
    return run(asked, gate_of)


def gate_of(environment: str) -> Policy:
    """The gate of an environment.

    Raises:
        GateError: Its settings are wrong, or have none.
    """
    try:
        found = Settings.from_file(environment).model_registry
    except SettingsError as error:
        raise GateError(str(error)) from None
    if not found:
        raise GateError(f"{environment} has no `modelRegistry`, and so no gate: add it, or give --gate FILE")
    return found.promotion
