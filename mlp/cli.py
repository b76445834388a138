"""The command line: each verb checks, does and reports; the work is done in `mlp.session` and `mlp.engine`."""

import json as jsonlib
import signal
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from mlp.doctor import doctor

if TYPE_CHECKING:
    from mlp.verbs import Report

app = typer.Typer(
    help="Bring the ML platform up, change it and take it down. `local` runs on this machine without an account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(doctor)


class Sandboxed(StrEnum):
    """The environments that run in the sandbox."""

    LOCAL = "local"


Environment = Annotated[Sandboxed, typer.Argument(help="Environment; its settings are stacks/Pulumi.<it>.yaml.")]
Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on standard output, and nothing else.")]


@app.command()
def up(environment: Environment = Sandboxed.LOCAL, json: Json = False) -> None:
    """Bring the environment up, or change it to what its settings say.

    Fetches missing programs, starts the emulated account, makes good what an interrupted change left behind,
    previews under the policies, and only if nothing is refused changes anything.
    """
    from mlp.verbs import up

    _run(up, environment, json)


@app.command()
def preview(environment: Environment = Sandboxed.LOCAL, json: Json = False) -> None:
    """Show what `up` would change, and what the policies say of it; change nothing."""
    from mlp.verbs import preview

    _run(preview, environment, json)


@app.command()
def down(environment: Environment = Sandboxed.LOCAL, json: Json = False) -> None:
    """Take everything away, list what the account still holds, and stop the emulated account."""
    from mlp.verbs import down

    _run(down, environment, json)


@app.command()
def status(environment: Environment = Sandboxed.LOCAL, json: Json = False) -> None:
    """Show what runs and what the account holds; start nothing."""
    from mlp.verbs import status

    _run(status, environment, json)


@app.command()
def env(environment: Environment = Sandboxed.LOCAL, json: Json = False) -> None:
    """Print shell lines that lead plain `pulumi` to the sandbox: `eval "$(mlp env local)"`."""
    from mlp.verbs import env

    _run(env, environment, json)


def _run(verb: "Callable[[str, Console], Report]", environment: str, json: bool) -> None:
    """Run a verb and end with its exit code: 0 done, 1 failed or refused, 2 wrong settings or usage."""
    from mlp.verbs import EXPECTED, SettingsError

    # Standard output is for results; how it goes is said on standard error.
    console = Console(stderr=True, highlight=False)

    def stop(code: int, message: str) -> NoReturn:
        if json:
            typer.echo(jsonlib.dumps({"ok": False, "errors": message.splitlines()}))
        else:
            console.print(message, markup=False, soft_wrap=True)
        raise typer.Exit(code) from None

    # A polite request to end is an interrupt: what is under way ends in order.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        report = verb(environment, console)
    except EXPECTED as error:
        stop(2 if isinstance(error, SettingsError) else 1, str(error))
    except KeyboardInterrupt:
        stop(130, "interrupted; the next `mlp up` carries on from here")
    typer.echo(jsonlib.dumps(report.data) if json else report.text)
    raise typer.Exit(0 if report.ok else 1)
