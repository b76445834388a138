"""What a play of the loop showed: as a table and as a picture."""

from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sandbox.loop.play import THRESHOLD, Seen

SHOWN = {
    "payments change": "payments change",
    "queue": "message",
    "retraining": "run {}",
}
"""What of the timeline the picture names, and how."""


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


def plot(seen: Seen, file: Path) -> None:
    """Drift, answers and alert over time, as the Prometheus of the play kept them, and what happened when."""
    import matplotlib  # half a second, which nobody else needs to wait for

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (share, answer, alert) = pyplot.subplots(
        3, 1, sharex=True, figsize=(9, 5.5), height_ratios=(3, 2, 1), layout="constrained"
    )
    share.step(*_line(seen, "share"), where="post", label="drift share")
    share.axhline(THRESHOLD, color="tab:red", linestyle=":", label="threshold")
    share.set(ylim=(-0.05, 1.05), ylabel="of the columns")
    answer.plot(*_line(seen, "answer"), color="tab:green", label="mean prediction")
    answer.set_ylabel("probability")
    for second, _ in seen.series.get("firing", []):
        alert.axvspan(second - 1, second, color="tab:red", label="alert fires" if not alert.patches else "")
    alert.set(yticks=[], xlabel="seconds")
    for axis in (share, answer, alert):
        axis.legend(loc="upper left", fontsize=8)
        for mark in seen.marks:
            if mark.what in SHOWN:
                axis.axvline(mark.second, color="grey", linewidth=0.8, linestyle="--")
    for mark in seen.marks:
        if shown := SHOWN.get(mark.what):
            share.text(mark.second, 1.08, shown.format(mark.detail.partition(";")[0]), rotation=35, fontsize=8)
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def _line(seen: Seen, name: str) -> tuple[list[float], list[float]]:
    points = seen.series.get(name, [])
    return [second for second, _ in points], [value for _, value in points]
