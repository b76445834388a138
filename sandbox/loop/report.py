"""What a run of the loop showed, as a table."""

from io import StringIO

from rich.console import Console
from rich.table import Table

from sandbox.loop.play import Seen


def table(seen: Seen) -> str:
    """What happened when."""
    view = Table(title="from drift to retraining", title_justify="left")
    view.add_column("second", justify="right")
    view.add_column("what")
    view.add_column("detail", overflow="fold")
    for mark in seen.marks:
        view.add_row(f"{mark.second:.1f}", mark.what, mark.detail)
    out = StringIO()
    console = Console(file=out, width=110, highlight=False)
    console.print(view)
    text = (
        "moto stands in for Firehose, S3, EventBridge and SQS; everything else is the program that runs in the cluster"
    )
    console.print(text, style="dim")
    return out.getvalue().rstrip()
