"""How a verb ends: its report for people or programs, its exit code, and a message for what goes wrong."""

import json as jsonlib
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console

if TYPE_CHECKING:
    from mlp.report import Report

INTERRUPTED = 130
"""Exit code of a verb that was interrupted: 128 and the number of SIGINT, as in a shell."""


def run_in_sandbox(verb: str, stack: str, json: bool, *arguments: Any) -> NoReturn:
    """Run a verb that there is for the sandbox only."""

    def act(console: Console) -> "Report":
        from mlp import verbs

        return getattr(verbs, verb)(stack, console, *arguments)

    ending(json, act, "interrupted")


def run(
    verb: str,
    stack: str,
    sandbox: bool,
    json: bool,
    *arguments: Any,
    ask: bool = True,
    diff: bool = False,
    no_changes: bool = False,
    preflight: bool = True,
) -> NoReturn:
    """Run a verb of an environment, with arguments that only this verb has."""

    def act(console: Console) -> "Report":
        from mlp.report import Asked

        asked = Asked(diff, no_changes)
        if sandbox or stack == "local":
            from mlp import verbs

            given = (asked,) if verb in ("up", "preview") else ()
            return getattr(verbs, verb)(stack, console, *given, *arguments)
        from mlp import cloud

        return getattr(cloud, verb)(stack, console, cloud.Manner(ask, json, asked, preflight), *arguments)

    ending(json, act, "interrupted; the next `mlp up` carries on from here")


def ending(json: bool, act: "Callable[[Console], Report]", interrupted: str) -> NoReturn:
    """Do something and end with its exit code: 0 done, 1 failed or refused, 2 wrong settings or usage."""
    from mlp.report import EXPECTED, SettingsError
    from sandbox.place import UNWRITABLE, unwritable

    # Standard output is for results; progress and errors go to standard error.
    console = Console(stderr=True, highlight=False, emoji=False)

    # SIGTERM is handled as an interrupt, so that the engine ends in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = act(console)
    except EXPECTED as error:
        fail(console, json, 2 if isinstance(error, SettingsError) else 1, str(error))
    except OSError as error:
        if error.errno in UNWRITABLE:
            fail(console, json, 1, unwritable(error))
        if not error.filename:
            raise  # no file of the user's: a defect
        fail(console, json, 1, f"{error.filename}: {error.strerror}")
    except KeyboardInterrupt:
        fail(console, json, INTERRUPTED, interrupted)
    if json:
        typer.echo(jsonlib.dumps(report.data))
    else:
        report.print(Console(highlight=False, emoji=False))
    raise typer.Exit((0 if report.ok else 1) if report.code is None else report.code)


def fail(console: Console, json: bool, code: int, message: str) -> NoReturn:
    """End with an exit code and the message that says why: on standard output as JSON, or on the console."""
    if json:
        typer.echo(jsonlib.dumps({"ok": False, "errors": message.splitlines()}))
    else:
        console.print(message, markup=False, soft_wrap=True)
    raise typer.Exit(code) from None
