"""What a verb says at its end, to people and to programs."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlp.engine import EngineError, Outcome
from mlp.policy import Verdicts
from mlp.session import SessionError
from sandbox.account import AccountError
from sandbox.kubernetes.plane import ControlPlaneError
from sandbox.loop.programs import LoopError
from sandbox.place import PlaceError
from sandbox.pythons import PythonError
from sandbox.toolsources import ToolchainError
from stacks.settings import SettingsError

EXPECTED = (
    SettingsError,
    PlaceError,
    ToolchainError,
    PythonError,
    AccountError,
    ControlPlaneError,
    SessionError,
    LoopError,
    EngineError,
)
"""Failures with a message for the user; anything else is a defect."""


@dataclass(frozen=True)
class Report:
    """The end of a verb: whether it succeeded, for people and for programs."""

    ok: bool
    text: str
    data: dict[str, Any]


def report_of(stack: str, started: float, outcome: Outcome, verdicts: Verdicts) -> Report:
    """What to say of an operation of the engine."""
    from sandbox.aws.tables import KINDS  # half a second, which other verbs need not wait for

    seconds = round(time.monotonic() - started, 1)
    changes = outcome.changes
    counts = {
        "created": changes["create"] + changes["create-replacement"],
        "updated": changes["update"],
        "unchanged": changes["same"],
        "deleted": changes["delete"] + changes["delete-replaced"],
    }
    recorded = sorted(name for kind in outcome.types & set(KINDS) for name in KINDS[kind].forgotten)
    releases = [f"release {name}: {why}" for name, why in sorted(outcome.recorded.items())]
    data = {
        "ok": outcome.ok,
        "stack": stack,
        "seconds": seconds,
        **counts,
        "changes": [{"op": op, "urn": urn} for op, urn in outcome.steps],
        "policy": verdicts.data,
        "outputs": outcome.outputs,
        "recorded_only": [*recorded, *releases],
        "errors": outcome.errors,
    }
    lines = [*outcome.errors, *verdicts.lines]
    if outcome.ok:
        summary = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        lines += [f"{path}: {value}" for path, value in _texts(outcome.outputs)]
        lines += [f"recorded only, forgotten by the emulation: {name}" for name in recorded]
        lines += [f"recorded only, {name}" for name in releases]
        lines.append(f"{stack}: {summary} in {seconds} s")
    else:
        lines.append(f"{stack}: refused or failed after {seconds} s; nothing more was changed")
    return Report(outcome.ok, "\n".join(lines), data)


def _texts(outputs: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """The outputs that fit on a line, by dotted path: no policy documents."""
    for key, value in outputs.items():
        if isinstance(value, Mapping):
            yield from _texts(value, f"{above}{key}.")
        elif not str(value).startswith(("{", "[")):
            yield f"{above}{key}", str(value)
