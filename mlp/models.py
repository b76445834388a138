"""The verbs about models: `mlp promote`, `mlp champions` and `mlp approvals`."""

from argparse import Namespace
from typing import Annotated

import typer

from mlp.ending import ending
from mlp.options import Json, SandboxOnly, Stack, environments


def promote(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Registered model.")],
    version: Annotated[str | None, typer.Argument(metavar="VERSION", help="Its version; not with --back.")] = None,
    to: Annotated[
        str | None, typer.Option(metavar="ALIAS", help="Judge the version; champion, challenger or shadow is then it.")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="Make the version before it champion again.")] = False,
    lineage: Annotated[bool, typer.Option("--lineage", help="Trace the version to data, code and image.")] = False,
    approve_as: Annotated[str | None, typer.Option(metavar="NAME", help="Sign the version as this approver.")] = None,
    record: Annotated[str | None, typer.Option(metavar="ID", help="Print its approval for the settings.")] = None,
    env: Annotated[
        str | None,
        typer.Option(metavar="ENVIRONMENT", help="Judge by this environment's gate.", autocompletion=environments),
    ] = None,
    gate: Annotated[
        str | None, typer.Option(metavar="FILE", help="Judge by the gate in this file.", envvar="PROMOTION_GATE")
    ] = None,
    tracking: Annotated[
        str | None, typer.Option(metavar="URI", help="The MLflow registry.", envvar="MLFLOW_TRACKING_URI")
    ] = None,
    publish: Annotated[
        str | None,
        typer.Option(
            metavar="S3-URI", help="Copy what is promoted to MODEL/VERSION there.", envvar="PROMOTION_PUBLISH"
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(metavar="FILE", help="Private key of --approve-as: P-256, PEM.")] = None,
    days: Annotated[int, typer.Option(metavar="DAYS", help="How long an approval holds, 1 to 365.")] = 90,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge only.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the champion into the settings of --env, which decide what serves.")
    ] = False,
    json: Json = False,
) -> None:
    """Promote a version of a model that passes its gate, roll back, approve, or trace it in the MLflow registry.

    \b
    Examples:
      mlp promote fraud 7 --to champion --env prod --dry-run
      mlp promote fraud 7 --to champion --env prod
      mlp promote fraud 7 --to champion --env prod --write
      mlp promote fraud --back --env prod --write   champion is the version before it again
      mlp promote fraud 7 --lineage
      mlp promote fraud 7 --approve-as ana --key ana.pem --days 90
      mlp promote fraud 7 --record fraud-7 --env prod

    \b
    Exit codes:
      0    done, or allowed with --dry-run
      1    refused: a check failed, or could not be made
      2    wrong usage or gate
      3    the registry could not be asked
    """
    from mlp.promote import promote as act

    raise typer.Exit(act(Namespace(**locals())))


def champions(
    stack: Stack,
    tracking: Annotated[
        str | None, typer.Option(metavar="URI", help="The MLflow registry.", envvar="MLFLOW_TRACKING_URI")
    ] = None,
    sandbox: SandboxOnly = False,
    json: Json = False,
) -> None:
    """Compare the versions that the settings serve with the champions of the MLflow registry.

    \b
    Examples:
      mlp champions prod
      mlp champions prod --json

    \b
    Exit codes:
      0    they are the same
      1    a model serves another version than its champion, or has no champion
      2    wrong settings
      3    the registry could not be asked
    """
    from mlp.promote import champions as ask
    from workloads.promotion.__main__ import NO_REGISTRY
    from workloads.promotion.registry import RegistryError

    if not tracking:
        typer.echo(NO_REGISTRY, err=True)
        raise typer.Exit(2)
    try:
        ending(json, lambda console: ask(stack, tracking), "interrupted")
    except RegistryError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(3) from None


def approvals(
    stack: Stack,
    within: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Days that an approval still has to hold.")] = 0,
    sandbox: SandboxOnly = False,
    json: Json = False,
) -> None:
    """Check that every model of risk tier high has its approvals, and until when.

    \b
    Examples:
      mlp approvals prod
      mlp approvals prod --within 14 --json

    \b
    Exit codes:
      0    every model has them
      1    a model lacks one, or it has ended
      2    wrong settings, such as an unsigned consent
    """
    from mlp.approvals import approvals as ask

    ending(json, lambda console: ask(stack, within), "interrupted")
