"""The verb `mlp promote`: the promotion of the workloads, with the gate of an environment's settings."""

from collections.abc import Sequence

from stacks.settings import Settings, SettingsError
from workloads.promotion.__main__ import GateError, main
from workloads.promotion.gate import Policy


def promote(arguments: Sequence[str]) -> int:
    """Do it, and return the exit code; see `mlp promote --help`."""
    return main(arguments, "mlp promote", gate_of)


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
