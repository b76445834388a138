"""The verbs on the sandbox's control plane: `mlp kubectl`, `mlp sim` and `mlp loop`."""

from pathlib import Path
from typing import Annotated

import typer

from mlp.ending import ending
from mlp.options import STACK, Json, SandboxOnly, environments


def kubectl(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ENVIRONMENT] COMMAND", help="What kubectl is to do; see `mlp kubectl help`."),
    ] = None,
) -> None:
    """Ask or change the sandbox's Kubernetes with kubectl.

    It starts no control plane: `mlp up` does. Nodes and containers are simulated, everything else is real.

    \b
    Examples:
      mlp kubectl get nodes
      mlp kubectl prod get pods --all-namespaces
      mlp kubectl dev apply -f pod.yaml
    """
    from mlp.kubectl import kubectl as become

    ending(False, lambda console: become(arguments or []), "interrupted")


def sim(
    scenario: Annotated[
        Path, typer.Argument(metavar="FILE", help="A scenario; scenarios/*.yaml are shipped, with comments.")
    ],
    env: Annotated[
        str, typer.Option(metavar=STACK, help="Environment whose control plane runs it.", autocompletion=environments)
    ] = "local",
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Folder of the figures (JSON) and the picture (PNG).", show_default="its sandbox"
        ),
    ] = None,
    pools: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML of NodePools and EC2NodeClasses to try instead of the cluster's."),
    ] = None,
    sandbox: SandboxOnly = False,
    json: Json = False,
) -> None:
    """Run GPU work, spot interruptions and shortages against the real scheduler and Karpenter, and count the cost.

    The scenario's pods run on copies of the cluster's node pools; machines and containers are simulated, prices are
    dated. All of it is deleted at the end, however it ends. Start the control plane first: `mlp up`.

    Kueue admits the jobs of teams. The first scenario with teams compiles and starts it; it then belongs to the control
    plane.

    \b
    Examples:
      mlp sim scenarios/spot-drought.yaml --out figures
      mlp sim scenarios/spot-drought.yaml --pools my-pools.yaml
    """
    from mlp.sim import sim as play

    ending(json, lambda console: play(scenario, env, out, pools, console), "interrupted; the scenario is deleted")


def loop(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the picture (PNG).", show_default="its sandbox")
    ] = None,
    sandbox: SandboxOnly = False,
    json: Json = False,
) -> None:
    """Run the way from drift to retraining on the local sandbox, and show that it closes exactly once.

    The reference model server answers payments and captures them; the drift exporter judges the captures; a real
    Prometheus runs the platform's alert; the webhook puts an event on the retraining bus; the consumer starts a run.
    First the payments do not drift, then they do, then again while the cooldown holds.

    Bring the sandbox up first: `mlp up`. The first time, programs are built that `mlp up` does not need: minutes.

    \b
    Examples:
      mlp loop --out figures
    """
    from mlp.loop import loop as play

    ending(json, lambda console: play(out, console), "interrupted; all its programs have ended")
