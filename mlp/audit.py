"""The verb `mlp audit`: every rule asked of what exists."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mlp.ending import INTERRUPTED, fail
from mlp.options import STACK, environments

USAGE, UNJUDGED = 2, 3
HELP = """Ask every rule of what exists: an exported state, an account, a cluster, or several at once.

It changes nothing. What it may not read is reported as not known, never as a pass.

Without --env, and without AWS variables in the shell, --account and --cluster mean the local sandbox while that runs.

\b
Examples:
  pulumi stack export > state.json; mlp audit --state state.json
  mlp audit --account                  the local sandbox, after `mlp up`
  AWS_PROFILE=auditor mlp audit --account --env prod
  mlp audit --state state.json --format sarif --out policies.sarif
  mlp audit --role > audit-role.json

\b
Exit codes:
  0    nothing is refused
  1    something is refused: a failure that the profile makes mandatory
  2    wrong usage: an option, a file or a setting
  3    nothing is refused, but something could not be judged: access
       denied, a mandatory value not known, a defective rule
  130  interrupted
"""


class Format(StrEnum):
    """Forms of the result."""

    CONSOLE = "console"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    MARKDOWN = "markdown"


class Severity(StrEnum):
    """Severities of rules."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


State = Annotated[
    Path | None, typer.Option("--state", metavar="FILE", help="Judge an exported state, of any Pulumi project.")
]
OfAccount = Annotated[bool, typer.Option("--account", help="Read the AWS account of the credentials, and judge it.")]
OfCluster = Annotated[bool, typer.Option("--cluster", help="Read the Kubernetes cluster, and judge it.")]
Env = Annotated[
    str | None,
    typer.Option(
        "--env",
        metavar=STACK,
        help="Environment whose profile applies.",
        autocompletion=environments,
        show_default="that of the state's stack, else prod",
    ),
]
Sandbox = Annotated[
    bool,
    typer.Option("--sandbox", help="Account and cluster are those of the environment's sandbox; `local` always is."),
]
Kubeconfig = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Leads to the cluster.", show_default="as for kubectl")
]
Exemptions = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Failures that an owner has accepted.", show_default="policies/exemptions.yaml"),
]
Profile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A profile of your own, like policies/environments/prod.yaml.")
]


@contextmanager
def ending(console: Console, as_json: bool = False) -> Iterator[None]:
    """End with the exit code of what goes wrong, after saying what it was; to a program on standard output."""
    from mlp.observe import UnreadableError, UsageError
    from mlp.report import EXPECTED, SettingsError
    from policies.profiles import ProfileError

    try:
        yield
    except KeyboardInterrupt:
        fail(console, as_json, INTERRUPTED, "interrupted; nothing was changed")
    except UnreadableError as error:
        fail(console, as_json, UNJUDGED, str(error))
    except (UsageError, SettingsError, ProfileError, OSError) as error:
        fail(console, as_json, USAGE, str(error))
    except EXPECTED as error:
        fail(console, as_json, UNJUDGED, str(error))


def writable(folder: Path, named: Path) -> None:
    """See that files can be written into a folder, before minutes are spent on what is to be written.

    Args:
        folder: The folder; it need not be there, unless it is not what was named.
        named: What the user named, for the message.

    Raises:
        OSError: They cannot.
    """
    there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), folder)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK) or (folder != named and not folder.exists()):
        why = "there is no such folder" if folder != named and not folder.exists() else "it cannot be written"
        raise PermissionError(f"--out {named}: {why}")


def audit(
    state: State = None,
    account: OfAccount = False,
    cluster: OfCluster = False,
    env: Env = None,
    sandbox: Sandbox = False,
    kubeconfig: Kubeconfig = None,
    exemptions: Exemptions = None,
    profile: Profile = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(help="The least severity that is refused.", show_default="what the profile says"),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="Form of the result.")] = Format.CONSOLE,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the result there; its counts are still shown.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say everything, passes too.")] = False,
    role: Annotated[bool, typer.Option("--role", help="Print the IAM policy that --account needs, and end.")] = False,
) -> None:
    """Ask every rule of what exists; `HELP` says the rest."""
    if role:
        from policies.live.role import policy

        typer.echo(policy())
        raise typer.Exit
    from mlp.observe import Wanted, observe
    from policies import profiles
    from policies.output import FORMATS

    console = Console(stderr=True, highlight=False)
    refused = profiles.Severity[fail_on.upper()] if fail_on else None
    with ending(console):
        cluster = cluster or bool(kubeconfig)
        if out:
            writable(out.parent, out)
        wanted = Wanted(state, account, cluster, env, sandbox, kubeconfig, profile, exemptions, refused)
        found = observe(wanted, console).audit
        text = FORMATS[format_](found, verbose)
        if out:
            out.write_text(f"{text}\n")
            typer.echo(FORMATS["console"](found, False).splitlines()[-1])
        else:
            typer.echo(text)
    raise typer.Exit(found.code)
