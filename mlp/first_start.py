"""The first `mlp up` on a machine without the sandbox's programs: AWS first, while the control plane is compiled."""

import dataclasses
import time

from rich.console import Console

from mlp.fetch import Ahead, spent
from mlp.places import cluster_programs
from mlp.policy import Guarded
from mlp.report import Report, report_of
from mlp.session import Session
from sandbox.toolchain import Toolbox

AWS_ONLY = ("--exclude", "**kubernetes:**", "--exclude-dependents")
"""Options of `pulumi up` that leave out Kubernetes objects, Helm releases and all that depends on them.

`**` stands for any text in a URN: https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/
"""


def aws_first(whole: Session, console: Console) -> Report | None:
    """Bring up what needs no control plane while the control plane's programs are fetched, then wait for these.

    It does nothing if the stack has been made before, builds on another one, needs no control plane, or if all programs
    are there.

    Args:
        whole: The session of the stack.
        console: Shows what it does.

    Returns:
        The report of this update if it was refused or failed, because the rest is not tried then; else None.
    """
    session, started = dataclasses.replace(whole, with_plane=False), time.monotonic()
    programs = cluster_programs(session.settings)
    again = session.stack in session.states.names or session.settings.stacks_below
    if again or Toolbox().look(programs).complete:
        return None
    with Ahead(programs, console) as rest:
        console.print(f"{session.stack}: first everything on AWS, meanwhile the programs of the control plane")
        with session.changing(console.print) as finished:
            guarded = Guarded(session.engine, session.stack, session.place.path("policy.jsonl"), console)
            planned, done, verdicts = guarded.up(*AWS_ONLY)
            if done.ok or done is planned:
                finished()
        took = time.monotonic() - started - spent()
        report = report_of(session.stack, took, done, verdicts, fetching=spent(), settings=session.settings)
        if not report.ok:
            return report
        report.print(console)
        console.print("AWS is up. Kubernetes follows as soon as its programs are there.")
        rest.wait()
    return None
