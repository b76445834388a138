"""The command line: each verb checks, does and reports; the work is done in `mlp.session` and `mlp.engine`."""

from typing import Annotated

import typer

from mlp.audit import HELP as AUDIT
from mlp.audit import audit
from mlp.doctor import doctor
from mlp.ending import ending, run, run_in_sandbox
from mlp.evidence import HELP as EVIDENCE
from mlp.evidence import evidence
from mlp.explain_access import explain_access
from mlp.models import approvals, champions, promote
from mlp.options import (
    CHANGE,
    JUDGE,
    LOOK,
    PASSED_ON,
    PLAY,
    STACK,
    START,
    Command,
    Diff,
    Json,
    Sandbox,
    SandboxOnly,
    SkipPreflight,
    Stack,
    Until,
    Verbs,
    Yes,
    environments,
)
from mlp.play import kubectl, loop, sim
from mlp.token import token

app = typer.Typer(
    cls=Verbs,
    help="Bring the ML platform up, change it and take it down. `local` runs on this machine without an account.",
    epilog="First steps: `mlp up`, `mlp status`, `mlp down`. `mlp VERB --help` has examples.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"mlp {version('ml-platform')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version, and end.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """What all verbs have in common; the verb does the rest."""


@app.command(cls=Command, rich_help_panel=START)
def up(
    stack: Stack = "local",
    sandbox: Sandbox = False,
    yes: Yes = False,
    until: Until = None,
    diff: Diff = False,
    skip_preflight: SkipPreflight = False,
    json: Json = False,
) -> None:
    """Bring the environment up, or change it to what its settings say.

    In the sandbox: fetches missing programs, starts the emulated account, repairs what an interrupted change left
    behind, previews under the policies, and changes something only if nothing is refused. State and logs are in
    .sandbox/ENVIRONMENT, programs in ~/.cache/ml-platform; those that cannot be downloaded are compiled, once: minutes.

    On a real account: checks credentials and account, then hands over to `pulumi up` with the policies, stage by stage:
    foundation, stores, cluster, platform, models. It stops before a stage that needs what only a person can give, or in
    which AWS would refuse something (`mlp doctor ENVIRONMENT`), and says what to do. The next `mlp up` carries on.

    \b
    Examples:
      mlp up                       local, on this machine
      mlp up prod --sandbox        prod, on this machine
      mlp up dev-foundation --sandbox && mlp up dev-platform --sandbox
      mlp up dev --until stores --sandbox
      mlp up dev                   the real account of dev; asks first
      mlp up dev --yes --json      the same in CI

    \b
    Exit codes:
      0    done, or nothing to change
      1    failed, or refused by the policies
      2    wrong settings or usage
      130  interrupted; the next `mlp up` carries on
    """
    run("up", stack, sandbox, json, until, ask=not yes, diff=diff, preflight=not skip_preflight)


@app.command(cls=Command, rich_help_panel=START)
def down(
    stack: Stack = "local",
    sandbox: Sandbox = False,
    yes: Yes = False,
    forget_cluster: Annotated[
        bool,
        typer.Option(
            "--forget-cluster",
            help="On a real account, if the cluster cannot be reached any more: drop what is in it from the state.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Delete everything, and list what stays in the account: why, until when and at what price.

    On a real account it first starts the database and the system nodes if they are stopped. In the sandbox it also
    counts what the account still holds, and stops the account.

    \b
    Examples:
      mlp down
      mlp down prod --sandbox
      mlp down dev --yes           the real account of dev, without asking
      mlp down dev --forget-cluster    the last resort; refuses while nodes of Karpenter run
    """
    run("down", stack, sandbox, json, forget_cluster, ask=not yes)


@app.command(cls=Command, rich_help_panel=START)
def reset(
    environment: Annotated[
        str | None,
        typer.Argument(metavar="ENVIRONMENT", help="Environment, without a layer.", show_default="all of them"),
    ] = None,
    json: Json = False,
) -> None:
    """Give the sandbox a clean start, whatever happened to it: end all its processes and remove its files.

    What the emulated account and the control plane hold is lost. A real account, the settings, the programs and other
    checkouts are not touched.

    \b
    Examples:
      mlp reset                    every environment of this checkout
      mlp reset dev
    """
    from mlp.reset import reset as clear

    ending(json, lambda console: clear(environment), "interrupted; run `mlp reset` again")


@app.command(cls=Command, rich_help_panel=START)
def bootstrap(
    stack: Stack,
    sandbox: Sandbox = False,
    delete_default_vpc: Annotated[
        bool, typer.Option("--delete-default-vpc", help="Delete the region's default VPC if nothing uses it.")
    ] = False,
    json: Json = False,
) -> None:
    """Make what keeps a real environment's state: a versioned bucket and the key of its secrets; safe to repeat.

    \b
    Examples:
      mlp bootstrap dev && mlp up dev
      mlp bootstrap dev --delete-default-vpc
      mlp bootstrap dev --sandbox  shows in the emulated account what a real one would get
    """
    run("bootstrap", stack, sandbox, json, delete_default_vpc)


app.command(cls=Command, rich_help_panel=START)(doctor)


@app.command(cls=Command, rich_help_panel=LOOK)
def status(
    stack: Stack = "local",
    sandbox: SandboxOnly = False,
    recorded: Annotated[bool, typer.Option("--recorded", help="List what the sandbox only records, and why.")] = False,
    json: Json = False,
) -> None:
    """Show what runs in the sandbox, what its account holds and how each component is; start nothing.

    \b
    Examples:
      mlp status
      mlp status prod --recorded
    """
    run_in_sandbox("status", stack, json, recorded)


@app.command(cls=Command, rich_help_panel=LOOK)
def output(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One output, such as network.vpc.")] = None,
    env: Annotated[
        str, typer.Option(metavar=STACK, help="Environment, or layer of it.", autocompletion=environments)
    ] = "local",
    sandbox: Sandbox = False,
    json: Json = False,
) -> None:
    """Print what a stack gives to others: names, addresses, ARNs. Secrets are masked.

    \b
    Examples:
      mlp output                   all of them
      mlp output stores.artifacts.bucket
      mlp output --env prod --sandbox --json
    """
    run("output", env, sandbox, json, name)


app.command("explain-access", cls=Command, rich_help_panel=LOOK)(explain_access)
app.command(cls=Command, rich_help_panel=LOOK, context_settings=PASSED_ON)(kubectl)
app.command(cls=Command, rich_help_panel=LOOK)(token)


@app.command(cls=Command, rich_help_panel=LOOK)
def env(stack: Stack = "local", sandbox: SandboxOnly = False, json: Json = False) -> None:
    """Print shell lines that lead plain `pulumi`, boto3 and the AWS CLI to the sandbox.

    It starts account and control plane if they do not run, and says so on standard error. $MLP_PROJECT is the Pulumi
    project of the environment; `pulumi` itself stays what it is.

    \b
    Examples:
      eval "$(mlp env)"; pulumi preview -s local
      eval "$(mlp env dev)"; pulumi -C "$MLP_PROJECT" preview -s dev
    """
    run_in_sandbox("env", stack, json)


@app.command(cls=Command, rich_help_panel=CHANGE)
def preview(
    stack: Stack = "local",
    sandbox: Sandbox = False,
    diff: Diff = False,
    expect_no_changes: Annotated[
        bool, typer.Option("--expect-no-changes", help="End with exit code 3 if something would change.")
    ] = False,
    json: Json = False,
) -> None:
    """Show what `up` would change, and what the policies say of it; change nothing.

    \b
    Examples:
      mlp preview
      mlp preview prod --sandbox --diff
      mlp preview dev --expect-no-changes --json    CI: exit code 3 if dev would change

    \b
    Exit codes:
      0    the preview succeeded
      1    failed, or refused by the policies
      2    wrong settings or usage
      3    with --expect-no-changes: something would change
      130  interrupted
    """
    run("preview", stack, sandbox, json, diff=diff, no_changes=expect_no_changes)


app.command(cls=Command, rich_help_panel=CHANGE)(promote)
app.command(cls=Command, help=AUDIT, rich_help_panel=JUDGE)(audit)
app.command(cls=Command, help=EVIDENCE, rich_help_panel=JUDGE)(evidence)
app.command(cls=Command, rich_help_panel=JUDGE)(approvals)
app.command(cls=Command, rich_help_panel=JUDGE)(champions)
app.command(cls=Command, rich_help_panel=PLAY)(sim)
app.command(cls=Command, rich_help_panel=PLAY)(loop)
