"""A dashboard as a picture: two graphs in a line, legends below them, drawn by matplotlib from Prometheus' answers."""

import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter, HourLocator
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from monitoring.dashboards.board import Board, Panel, Unit
from sandbox.pictures import BAD, GREY, PALETTE, headed, legend, save, tidy
from tests.monitoring.answers import Prometheus

NUMBERS, GRAPHS = 3, 2
"""Panels in a line."""
HEADING, NUMBER, GRAPH, LEGEND = 0.4, 0.75, 2.05, 0.17
"""Heights in inches; a legend's is of one line of it."""
LEGENDS, COLUMNS = 6, 2
_IS_BAD = re.compile(
    r"fail|error|abort|degraded|interrupted|insufficient|dead|suppressed|inadmissible|\b5\d\d\b|5xx", re.I
)
Line = tuple[str, Sequence[Panel]]


class Picture:
    """One dashboard; a legend has the same colour in all its panels."""

    def __init__(self, board: Board, prometheus: Prometheus, subtitle: str) -> None:
        self._board, self._prometheus, self._subtitle = board, prometheus, subtitle
        self._colours: dict[str, str] = {}

    def draw(self) -> Figure:
        """Draw it, with all values of its variables chosen."""
        lines = [(heading, panels, self._answers(panels)) for heading, panels in _lines(self._board)]
        heights = [_height(panels, answers) for _, panels, answers in lines]
        top = sum(heights)
        figure = headed(self._board.title, self._subtitle, top)
        total = figure.get_figheight()
        for (heading, panels, answers), height in zip(lines, heights, strict=True):
            if not panels:
                figure.text(0.012, (top - 0.3) / total, heading, fontsize=11.5, weight="bold", color=GREY)
            for place, (panel, found) in enumerate(zip(panels, answers, strict=True)):
                if panel.number:
                    self._number(figure, panel, found, place / NUMBERS + 0.012, top / total, total)
                else:
                    left = 0.08 + 0.5 * place
                    axes = figure.add_axes((left, (top - 1.72) / total, 0.4, 1.4 / total))
                    self._graph(axes, panel, found)
            top -= height
        return figure

    def _answers(self, panels: Sequence[Panel]) -> list[list[tuple[str, list[Any]]]]:
        """Of each panel the legend and the points of each series."""
        return [
            [
                (_legend(query.legend, one["metric"]), one["values"])
                for query in panel.queries
                for one in self._ask(query)
            ]
            for panel in panels
        ]

    def _ask(self, query: Any) -> Any:
        return self._prometheus.over(_all(query.expr))

    def _number(self, figure: Figure, panel: Panel, found: list[Any], left: float, top: float, total: float) -> None:
        value = float(found[0][1][-1][1])
        bad = panel.bad is not None and value >= panel.bad
        figure.text(left, top - 0.16 / total, panel.title, fontsize=9.5, color=GREY)
        told = shown(value, panel.unit)
        figure.text(left, top - 0.5 / total, told, fontsize=17, color=BAD if bad else "black")

    def _graph(self, axes: Axes, panel: Panel, found: list[Any]) -> None:
        axes.set_title(panel.title)
        highest = max((float(value) for _, points in found for _, value in points), default=0.0)
        lowest = min((float(value) for _, points in found for _, value in points), default=0.0)
        size, unit = _scale(highest, panel.unit)
        drawn, places = list[list[float]](), list[list[float]]()
        for number, (label, points) in enumerate(found):
            moments: Any = [datetime.fromtimestamp(at, UTC) for at, _ in points]
            values = [float(value) / size for _, value in points]
            shows = number < LEGENDS
            colour = self._colour(label) if shows else "#CCCCCC"
            # One that lies on another is dashed, so that both are seen.
            place = [round(float(value) / (highest or 1), 3) for _, value in points]
            style = (0, (2, 4)) if place in places else "-"
            drawn.append(values)
            places.append(place)
            width = 1.4 if shows else 0.8
            axes.plot(moments, values, linewidth=width, linestyle=style, color=colour, label=label if shows else None)
        low = min(0.0, lowest / size)
        least = {Unit.USD: 0.05, Unit.NUMBER: 1.0}.get(panel.unit, 0.0)
        axes.set_ylim(low * 1.15, max(highest / size * 1.15, least) or 1.0)
        counts = highest >= 1 or all(value == round(value) for values in drawn for value in values)
        whole = panel.unit is Unit.NUMBER and counts
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=whole))
        cents = panel.unit is Unit.USD and highest < 5
        form = "{:,.2f}" if cents else "{:,g}"
        axes.yaxis.set_major_formatter(lambda value, _: unit.format(form.format(round(value, 6))))
        axes.xaxis.set_major_locator(HourLocator())
        axes.xaxis.set_major_formatter(DateFormatter("%H:%M"))
        tidy(axes)
        if len(found) > 1:
            legend(axes, _columns(found), below=True)

    def _colour(self, label: str) -> str:
        if _IS_BAD.search(label):
            return BAD
        return self._colours.setdefault(label, PALETTE[len(self._colours) % len(PALETTE)])


def draw(board: Board, prometheus: Prometheus, path: Path, subtitle: str) -> None:
    """Draw a dashboard; the subtitle says what was measured."""
    save(Picture(board, prometheus, subtitle).draw(), path)


def _lines(board: Board) -> Iterator[Line]:
    """Lines from the top: a heading without panels, or panels of one height."""
    for row in board.rows:
        yield row.title, ()
        for wanted, columns in ((True, NUMBERS), (False, GRAPHS)):
            found = [panel for panel in row.panels if panel.number is wanted]
            for first in range(0, len(found), columns):
                yield "", found[first : first + columns]


def _height(panels: Sequence[Panel], answers: Sequence[Sequence[Any]]) -> float:
    if not panels:
        return HEADING
    if panels[0].number:
        return NUMBER
    lines = [math.ceil(min(len(one), LEGENDS) / _columns(one)) for one in answers if len(one) > 1]
    return GRAPH + LEGEND * max(lines, default=0)


def _columns(found: Sequence[Any]) -> int:
    """Columns of a legend: long names take the whole width."""
    return 1 if any(len(label) > 24 for label, _ in found[:LEGENDS]) else COLUMNS


def _scale(highest: float, unit: Unit) -> tuple[float, str]:
    """What to divide values by, and how the axis writes what is left."""
    match unit:
        case Unit.SHARE:
            return 0.01, "{} %"
        case Unit.PERCENT:
            return 1, "{} %"
        case Unit.USD:
            return 1, "${}"
        case Unit.CELSIUS:
            return 1, "{} °C"
        case Unit.BYTES:
            return 2**30, "{} GiB"
        case Unit.MEBIBYTES:
            return 1024, "{} GiB"
        case Unit.PER_SECOND:
            return 1, "{}/s"
        case Unit.SECONDS:
            steps = ((86400.0, 172800.0, "{} d"), (3600.0, 7200.0, "{} h"), (60.0, 120.0, "{} min"), (1.0, 1.0, "{} s"))
            return next(((size, name) for size, least, name in steps if highest >= least), (0.001, "{} ms"))
    return 1, "{}"


def shown(value: float, unit: Unit) -> str:
    """A value with its unit, short."""
    if unit is Unit.USD:
        return f"${value:,.0f}" if abs(value) >= 100 else f"${value:,.2f}"
    size, text = _scale(abs(value), unit)
    left = value / size
    return text.format(f"{left:,.0f}" if abs(left) >= 100 or left == round(left) else f"{left:.2g}")


def _legend(template: str, labels: dict[str, Any]) -> str:
    found = re.sub(r"{{(\w+)}}", lambda one: labels.get(one[1], ""), template)
    return re.sub(r"\.ec2\.internal", "", found)[:40]


def _all(expr: str) -> str:
    return re.sub(r"\$\w+", ".*", expr)
