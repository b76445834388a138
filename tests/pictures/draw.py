"""A dashboard as a picture: panels as Grafana would place them, drawn by matplotlib from Prometheus' answers."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure
from PIL import Image

from monitoring.dashboards.board import Board, Panel, Unit
from tests.monitoring.answers import Prometheus

NUMBERS, GRAPHS = 6, 3
"""Panels in a line."""
HEADING, NUMBER, GRAPH = 0.4, 1.0, 2.3
"""Heights of lines, inches."""
WIDTH, DOTS, COLOURS = 13.0, 75, 64
LEGENDS = 6
GREY = "#555555"
Line = tuple[str, Sequence[Panel]]


def draw(board: Board, prometheus: Prometheus, path: Path) -> None:
    """Draw it, all values of its variables chosen."""
    mpl.rcParams.update({"font.size": 7.5, "axes.titlesize": 8.5, "axes.titlelocation": "left"})
    lines = list(_lines(board))
    heights = [HEADING, *(_height(panels) for _, panels in lines)]
    figure = Figure(figsize=(WIDTH, sum(heights)), dpi=DOTS, layout="constrained")
    parts: Any = figure.subfigures(len(heights), 1, height_ratios=heights)
    parts[0].text(0.005, 0.5, f"{board.title}  ·  synthetic series", fontsize=12, weight="bold", va="center")
    for part, (heading, panels) in zip(parts[1:], lines, strict=True):
        if not panels:
            part.text(0.005, 0.3, heading, fontsize=10, weight="bold", va="center", color=GREY)
            continue
        columns = NUMBERS if panels[0].number else GRAPHS
        for axes, panel in zip(part.subplots(1, columns, squeeze=False)[0], [*panels, *[None] * columns], strict=False):
            _panel(axes, panel, prometheus)
    figure.savefig(path, metadata={"Software": None})
    # A palette is a quarter of the size.
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS)
    small.save(path, optimize=True)


def _lines(board: Board) -> Iterator[Line]:
    """Lines from the top: a heading without panels, or panels of one height."""
    for row in board.rows:
        yield row.title, ()
        for wanted, columns in ((True, NUMBERS), (False, GRAPHS)):
            found = [panel for panel in row.panels if panel.number is wanted]
            for first in range(0, len(found), columns):
                yield "", found[first : first + columns]


def _height(panels: Sequence[Panel]) -> float:
    return HEADING * 0.7 if not panels else NUMBER if panels[0].number else GRAPH


def _panel(axes: Axes, panel: Panel | None, prometheus: Prometheus) -> None:
    if panel is None:
        axes.set_axis_off()
        return
    axes.set_title(panel.title)
    if panel.number:
        axes.set_axis_off()
        (found,) = prometheus.at(_all(panel.queries[0].expr))
        text = shown(float(found["value"][1]), panel.unit)
        axes.text(0.0, 0.35, text, fontsize=17, color="#1f6f43", transform=axes.transAxes)
        return
    drawn = 0
    for query in panel.queries:
        for series in prometheus.over(_all(query.expr)):
            moments: Any = [datetime.fromtimestamp(at, UTC) for at, _ in series["values"]]
            values = [float(value) for _, value in series["values"]]
            label = _legend(query.legend, series["metric"]) if drawn < LEGENDS else None
            axes.plot(moments, values, linewidth=1.1, label=label)
            drawn += 1
    if drawn > 1:
        axes.legend(loc="upper left", fontsize=6, framealpha=0.6, handlelength=1)
    low, high = axes.get_ylim()
    axes.set_ylim(min(0.0, low), high + 0.25 * (high - low))
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))
    axes.yaxis.set_major_formatter(lambda value, _: shown(value, panel.unit))
    axes.grid(color="#dddddd", linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)


def shown(value: float, unit: Unit) -> str:
    """A value with its unit, short."""
    match unit:
        case Unit.SHARE:
            return f"{value * 100:.3g} %"
        case Unit.PERCENT:
            return f"{value:.3g} %"
        case Unit.USD:
            return f"${value:,.0f}" if abs(value) >= 100 else f"${value:.2f}"
        case Unit.CELSIUS:
            return f"{value:.0f} °C"
        case Unit.BYTES:
            return f"{value / 2**30:.3g} GiB"
        case Unit.PER_SECOND:
            return f"{value:.3g}/s"
        case Unit.SECONDS:
            return _duration(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _duration(seconds: float) -> str:
    for size, name in ((3600.0, "h"), (60.0, "min"), (1.0, "s")):
        if abs(seconds) >= size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds * 1000:.3g} ms"


def _legend(template: str, labels: dict[str, Any]) -> str:
    return re.sub(r"{{(\w+)}}", lambda found: labels.get(found[1], ""), template)[:34]


def _all(expr: str) -> str:
    return re.sub(r"\$\w+", ".*", expr)
