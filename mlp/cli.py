"""The command line: each verb checks, does and reports; the work is done in `mlp.session` and `mlp.engine`."""

import json as jsonlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from mlp.audit import HELP as AUDIT
from mlp.audit import audit
from mlp.doctor import doctor
from mlp.evidence import HELP as EVIDENCE
from mlp.evidence import evidence

if TYPE_CHECKING:
    from mlp.report import Report

app = typer.Typer(
    help="Bring the ML platform up, change it and take it down. `local` runs on this machine without an account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(doctor)
app.command(help=AUDIT)(audit)
app.command(help=EVIDENCE)(evidence)


Stack = Annotated[
    str,
    typer.Argument(
        help="Environment, or one layer of it as ENVIRONMENT-LAYER; its settings are stacks/Pulumi.<it>.yaml."
    ),
]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Run it on this machine against an emulated account; `local` always does.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Real account: change it without asking, as CI has to.")]
Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on standard output, and nothing else.")]


@app.command()
def up(stack: Stack = "local", sandbox: Sandbox = False, yes: Yes = False, json: Json = False) -> None:
    """Bring the environment up, or change it to what its settings say.

    In the sandbox: fetches missing programs, starts the emulated account, makes good what an interrupted change left
    behind, previews under the policies, and only if nothing is refused changes anything.

    On a real account: checks credentials and account, then hands over to `pulumi up` with the policies.
    """
    _run("up", stack, sandbox, yes, json)


@app.command()
def preview(stack: Stack = "local", sandbox: Sandbox = False, json: Json = False) -> None:
    """Show what `up` would change, and what the policies say of it; change nothing."""
    _run("preview", stack, sandbox, False, json)


@app.command()
def down(stack: Stack = "local", sandbox: Sandbox = False, yes: Yes = False, json: Json = False) -> None:
    """Take everything away; in the sandbox, list what the account still holds and stop it."""
    _run("down", stack, sandbox, yes, json)


@app.command()
def bootstrap(stack: Stack, sandbox: Sandbox = False, json: Json = False) -> None:
    """Make what keeps a real environment's state: a versioned bucket and the key of its secrets; safe to repeat."""
    _run("bootstrap", stack, sandbox, False, json)


@app.command()
def status(stack: Stack = "local", json: Json = False) -> None:
    """Show what runs in the sandbox and what its account holds; start nothing."""
    _run("status", stack, True, False, json)


@app.command()
def env(stack: Stack = "local", json: Json = False) -> None:
    """Print shell lines that lead plain `pulumi` to the sandbox: `eval "$(mlp env local)"`."""
    _run("env", stack, True, False, json)


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def kubectl(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ENVIRONMENT] ...", help="What kubectl is to do; see `kubectl help`.")
    ] = None,
) -> None:
    """Ask or change the sandbox's Kubernetes: `mlp kubectl get nodes`, `mlp kubectl dev apply -f pod.yaml`.

    It starts nothing: `mlp up` does. Nodes and containers are played, everything else is the real Kubernetes.
    """
    from mlp.kubectl import kubectl as become
    from mlp.report import EXPECTED, SettingsError

    try:
        become(arguments or [])
    except EXPECTED as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, SettingsError) else 1) from None


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []}
)
def promote(arguments: Annotated[list[str] | None, typer.Argument(metavar="MODEL ...")] = None) -> None:
    """Let an alias of the model registry point at a version that passes its gate; roll back; trace: `--help`."""
    from mlp.promote import promote as act

    raise typer.Exit(act(arguments or []))


@app.command()
def approvals(
    stack: Stack,
    within: Annotated[int, typer.Option(min=0, help="Days that an approval still has to hold.")] = 0,
    json: Json = False,
) -> None:
    """Ask whether every model of risk tier high is approved by two, as what it is, and until when.

    Exit codes: 0 all are; 1 one is not, or its approval is over; 2 wrong settings, such as an unsigned consent.
    """
    from mlp.approvals import approvals as ask

    raise typer.Exit(ask(stack, within, json))


@app.command()
def sim(
    scenario: Annotated[Path, typer.Argument(help="File of a scenario; scenarios/*.yaml are shipped, with comments.")],
    env: Annotated[str, typer.Option(help="Environment whose control plane plays it.")] = "local",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the figures (JSON) and the picture (PNG).", show_default="its sandbox"),
    ] = None,
    pools: Annotated[
        Path | None, typer.Option(help="YAML of NodePools and EC2NodeClasses to try instead of the cluster's.")
    ] = None,
    json: Json = False,
) -> None:
    """Play GPU work, spot interruptions and shortages against the real scheduler and Karpenter, and count the cost.

    The scenario's pods run on copies of the cluster's node pools; machines and containers are played, prices are dated.
    All of it is taken away again, however it ends. Start the control plane first: `mlp up`.

    Example: `mlp sim scenarios/spot-drought.yaml --out figures`
    """
    from mlp.sim import sim as play

    _ending(json, lambda console: play(scenario, env, out, pools, console), "interrupted; the scenario is taken away")


@app.command()
def loop(
    out: Annotated[Path | None, typer.Option(help="Folder of the picture (PNG).", show_default="its sandbox")] = None,
    json: Json = False,
) -> None:
    """Play the way from drift to retraining on the local sandbox, and show that it closes exactly once.

    The reference model server answers payments and captures them; the drift exporter judges the captures; a real
    Prometheus runs the platform's alert; the webhook puts an event on the retraining bus; the consumer starts a run.
    First the payments do not drift, then they do, then again while the cooldown holds. About a minute.

    Bring the sandbox up first: `mlp up`. AWS is stood in for, and Alertmanager where none is on PATH; the rest is what
    the cluster runs, with shorter intervals.

    Example: `mlp loop --out figures`
    """
    from mlp.loop import loop as play

    _ending(json, lambda console: play(out, console), "interrupted; every program of the play has ended")


def _run(verb: str, stack: str, sandbox: bool, yes: bool, json: bool) -> None:
    """Run a verb of an environment."""

    def act(console: Console) -> "Report":
        if sandbox or stack == "local":
            from mlp import verbs

            return getattr(verbs, verb)(stack, console)
        from mlp import cloud

        return getattr(cloud, verb)(stack, console, ask=not yes, quiet=json)

    _ending(json, act, "interrupted; the next `mlp up` carries on from here")


def _ending(json: bool, act: "Callable[[Console], Report]", interrupted: str) -> NoReturn:
    """Do something and end with its exit code: 0 done, 1 failed or refused, 2 wrong settings or usage."""
    from mlp.report import EXPECTED, SettingsError

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
        report = act(console)
    except EXPECTED as error:
        stop(2 if isinstance(error, SettingsError) else 1, str(error))
    except KeyboardInterrupt:
        stop(130, interrupted)
    typer.echo(jsonlib.dumps(report.data) if json else report.text)
    raise typer.Exit(0 if report.ok else 1)
