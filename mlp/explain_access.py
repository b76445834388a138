"""The verb `mlp explain-access`."""

from pathlib import Path
from typing import Annotated

import typer

from mlp.ending import ending
from mlp.options import STACK, Json, SandboxOnly, environments


def explain_access(
    workload: Annotated[
        str | None, typer.Argument(metavar="WORKLOAD", help="Who calls, such as NAMESPACE/SERVICE-ACCOUNT.")
    ] = None,
    resource: Annotated[
        str | None, typer.Argument(metavar="RESOURCE", help="What is called, by name, by ARN, or how the name begins.")
    ] = None,
    env: Annotated[
        str, typer.Option("--env", metavar=STACK, help="Environment.", autocompletion=environments)
    ] = "local",
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="Read an exported state instead, of a real account too."),
    ] = None,
    sandbox: SandboxOnly = False,
    json: Json = False,
) -> None:
    """Explain whether a workload reaches an AWS resource: every policy, route and endpoint on the way.

    The edges are read from the policies of the roles of pods, nodes and batch jobs; without WORKLOAD all are listed.
    The plan is the state of the environment in the sandbox.

    \b
    Examples:
      mlp explain-access                                    every edge of local
      mlp explain-access vision/trainer --env prod          every edge of a workload
      mlp explain-access vision/fraud s3/artifacts --env prod
      mlp explain-access nodes/cluster-system s3 --env prod --json
      mlp explain-access mlflow/mlflow rds-db --state state.json

    \b
    Exit codes:
      0    every edge passes
      1    an edge is blocked
      2    wrong usage, or no such workload or resource
      3    nothing is blocked, but something is not known
    """
    from mlp.access import explain

    ending(json, lambda console: explain(workload, resource, env, state, console), "interrupted")
