"""What each verb of the command line does, and what it reports."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from mlp import policy
from mlp.engine import EngineError, Outcome
from mlp.progress import steps
from mlp.session import Session, SessionError, checkout, open_session
from sandbox.account import Account, AccountError
from sandbox.aws.tables import KINDS
from sandbox.place import UNSET, Place, shell
from sandbox.toolsources import ToolchainError
from stacks.settings import Settings, SettingsError

EXPECTED = (SettingsError, ToolchainError, AccountError, SessionError, EngineError)
"""Failures with a message for the user; anything else is a defect."""


@dataclass(frozen=True)
class Report:
    """The end of a verb: whether it succeeded, for people and for programs."""

    ok: bool
    text: str
    data: dict[str, Any]


def up(environment: str, console: Console) -> Report:
    """Preview under the policies, then update; see `mlp up --help`."""
    started = time.monotonic()
    session = open_session(environment)
    with session.changing(console.print) as finished:
        planned, verdicts = _preview(session, console)
        done = planned
        if planned.ok and not planned.empty:
            expected = planned.changes.total()
            done, verdicts = _judged(session, "updating", console, expected, "up", "--yes", "--skip-preview")
        if done.ok or done is planned:
            finished()  # a refused preview has changed nothing
    return _report(session, started, done, verdicts)


def preview(environment: str, console: Console) -> Report:
    """Preview under the policies."""
    started = time.monotonic()
    session = open_session(environment)
    with session.changing(console.print) as finished:
        outcome, verdicts = _preview(session, console)
        finished()
    return _report(session, started, outcome, verdicts)


def down(environment: str, console: Console) -> Report:
    """Destroy, then count what the account holds, not what the state says it holds."""
    started = time.monotonic()
    session = open_session(environment)
    with session.changing(console.print) as finished, steps(console, "destroying") as step:
        arguments = ("--yes", "--skip-preview", "--stack", session.stack)
        outcome = session.engine.run("destroy", *arguments, on_step=step)
        if outcome.ok:
            finished()
    held = session.account.held(session.settings.regions)
    left = [f"{item.type} {item.name}" for item in held if not item.kept]
    retained = [f"{item.type} {item.name}: {item.kept}" for item in held if item.kept]
    if outcome.ok and not left:
        session.account.stop()
        session.place.remove()
    seconds = round(time.monotonic() - started, 1)
    deleted = outcome.changes["delete"]
    lines = [*outcome.errors, *(f"left: {item}" for item in left), *(f"retained: {item}" for item in retained)]
    lines.append(f"{session.stack}: {deleted} deleted, {len(left)} left, {len(retained)} retained in {seconds} s")
    data = {
        "ok": outcome.ok and not left,
        "stack": session.stack,
        "seconds": seconds,
        "deleted": deleted,
        "left": left,
        "retained": retained,
        "errors": outcome.errors,
    }
    return Report(outcome.ok and not left, "\n".join(lines), data)


def status(environment: str, console: Console) -> Report:
    """What runs and what it holds, without starting it."""
    settings, account = Settings.from_file(environment), Account(Place(checkout()))
    process = account.process
    held = Counter(item.type for item in account.held(settings.regions) if not item.kept) if process else Counter()
    lines = [f"account: {account.endpoint} (process {process['pid']})" if process else "account: not running"]
    lines += [f"  {count:4} {type_}" for type_, count in sorted(held.items())]
    data = {"ok": True, "stack": environment, "account": process, "held": dict(held)}
    return Report(True, "\n".join(lines), data)


def env(environment: str, console: Console) -> Report:
    """The environment of the engine, as shell lines; the stack is made if need be."""
    session = open_session(environment)
    with session.changing(console.print) as finished:
        finished()
    variables = dict(session.engine.environment)
    return Report(True, shell(variables), {"ok": True, "stack": session.stack, "set": variables, "unset": UNSET})


def _preview(session: Session, console: Console) -> tuple[Outcome, policy.Verdicts]:
    return _judged(session, "previewing", console, None, "preview")


def _judged(
    session: Session, doing: str, console: Console, total: int | None, *arguments: str
) -> tuple[Outcome, policy.Verdicts]:
    with policy.recording(session.place) as (variables, verdicts), steps(console, doing, total) as step:
        engine = session.engine.with_variables(variables)
        outcome = engine.run(*arguments, "--stack", session.stack, "--policy-pack", str(policy.PACK), on_step=step)
    return outcome, verdicts


def _report(session: Session, started: float, outcome: Outcome, verdicts: policy.Verdicts) -> Report:
    seconds = round(time.monotonic() - started, 1)
    changes = outcome.changes
    counts = {
        "created": changes["create"] + changes["create-replacement"],
        "updated": changes["update"],
        "unchanged": changes["same"],
        "deleted": changes["delete"] + changes["delete-replaced"],
    }
    recorded = sorted(name for kind in outcome.types & set(KINDS) for name in KINDS[kind].forgotten)
    data = {
        "ok": outcome.ok,
        "stack": session.stack,
        "seconds": seconds,
        **counts,
        "changes": [{"op": op, "urn": urn} for op, urn in outcome.steps],
        "policy": verdicts.data,
        "outputs": outcome.outputs,
        "recorded_only": recorded,
        "errors": outcome.errors,
    }
    lines = [*outcome.errors, *verdicts.lines]
    if outcome.ok:
        summary = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        lines += [f"{path}: {value}" for path, value in _texts(outcome.outputs)]
        lines += [f"recorded only, forgotten by the emulation: {name}" for name in recorded]
        lines.append(f"{session.stack}: {summary} in {seconds} s")
    else:
        lines.append(f"{session.stack}: refused or failed after {seconds} s; nothing more was changed")
    return Report(outcome.ok, "\n".join(lines), data)


def _texts(outputs: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """The outputs that fit on a line, by dotted path: no policy documents."""
    for key, value in outputs.items():
        if isinstance(value, Mapping):
            yield from _texts(value, f"{above}{key}.")
        elif not str(value).startswith(("{", "[")):
            yield f"{above}{key}", str(value)
