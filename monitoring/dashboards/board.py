"""A dashboard as data, and the JSON that Grafana reads."""

from collections.abc import Iterator
from enum import StrEnum
from string import ascii_uppercase

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import BigValueGraphMode
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    GridPos,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from pydantic import BaseModel, ConfigDict, Field

SOURCE = "prometheus"
"""`uid` of the data source, as the chart kube-prometheus-stack makes it."""
WIDTH, HEIGHT = 24, 8
"""Columns that Grafana has, and rows that a graph takes."""


class Unit(StrEnum):
    """Units, by Grafana's names."""

    PER_SECOND = "reqps"
    SHARE = "percentunit"
    PERCENT = "percent"
    SECONDS = "s"
    BYTES = "bytes"
    MEBIBYTES = "decmbytes"
    USD = "currencyUSD"
    CELSIUS = "celsius"
    NUMBER = "short"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Query(_Frozen):
    """A question to Prometheus."""

    expr: str = Field(description="PromQL; `$name` is the value of a variable, a regular expression")
    legend: str = Field(default="", description="how a series is called; `{{label}}` is a label's value")


class Panel(_Frozen):
    """A picture with its question; `text` says what to make of it."""

    title: str
    text: str = Field(description="what it says, and from which value on it is bad")
    unit: Unit
    queries: tuple[Query, ...] = Field(min_length=1)
    number: bool = Field(default=False, description="the last value, and not a graph")
    bad: float | None = Field(default=None, description="of a number: from this value on it is red")


class Row(_Frozen):
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...] = Field(min_length=1)


class Variable(_Frozen):
    """Something to choose, by the values of a label; several at once, at first all."""

    name: str
    metric: str
    label: str


class Board(_Frozen):
    """A dashboard, for one kind of reader."""

    name: str = Field(pattern=r"^[a-z-]+$", description="its file, and its address in Grafana")
    title: str
    text: str = Field(description="who reads it, and what for")
    variables: tuple[Variable, ...] = ()
    rows: tuple[Row, ...]

    @property
    def panels(self) -> Iterator[Panel]:
        """Its panels, in order."""
        for row in self.rows:
            yield from row.panels


def graph(title: str, unit: Unit, text: str, *queries: tuple[str, str]) -> Panel:
    """Values over time; each query with the legend of its series."""
    found = tuple(Query(expr=expr, legend=legend) for expr, legend in queries)
    return Panel(title=title, text=text, unit=unit, queries=found)


def number(title: str, unit: Unit, text: str, expr: str, bad: float | None = None) -> Panel:
    """The last value; red from `bad` on, in the colour of text below it."""
    return Panel(title=title, text=text, unit=unit, queries=(Query(expr=expr),), number=True, bad=bad)


def rendered(board: Board) -> str:
    """The JSON text that Grafana reads; the same board is always the same text."""
    found = (
        dashboard.Dashboard(board.title)
        .uid(f"ml-platform-{board.name}")
        .description(board.text)
        .tags(["ml-platform"])
        .timezone("utc")
        .time("now-6h", "now")
        .refresh("1m")
        .readonly()
    )
    for variable in board.variables:
        found = found.with_variable(_variable(variable))
    top = 0
    for row in board.rows:
        found = found.with_row(dashboard.Row(row.title).grid_pos(_place(0, top, WIDTH, 1)))
        top += 1
        left = highest = 0
        for panel in row.panels:
            width, height = (4, 4) if panel.number else (8, HEIGHT)
            if left + width > WIDTH:
                left, top, highest = 0, top + highest, 0
            found = found.with_panel(_panel(panel).grid_pos(_place(left, top, width, height)))
            left, highest = left + width, max(highest, height)
        top += highest
    return JSONEncoder(sort_keys=True, indent=None).encode(found.build())


def _variable(variable: Variable) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(variable.name)
        .datasource(_source())
        .query(f"label_values({variable.metric}, {variable.label})")
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _panel(panel: Panel) -> timeseries.Panel | stat.Panel:
    if panel.number:
        last = common.ReduceDataOptions().calcs(["lastNotNull"])
        found = stat.Panel().graph_mode(BigValueGraphMode.AREA).reduce_options(last).thresholds(_thresholds(panel))
    else:
        found = timeseries.Panel().fill_opacity(10)
    found = found.title(panel.title).description(panel.text).unit(panel.unit.value).datasource(_source())
    for letter, query in zip(ascii_uppercase, panel.queries, strict=False):
        target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id(letter)
        found = found.with_target(target)
    return found


def _thresholds(panel: Panel) -> dashboard.ThresholdsConfig:
    # Grafana's own default is green, whatever the number means.
    steps = [Threshold(value=None, color="text")]
    steps += [Threshold(value=panel.bad, color="red")] if panel.bad is not None else []
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _source() -> DataSourceRef:
    return DataSourceRef(type_val="prometheus", uid=SOURCE)


def _place(left: int, top: int, width: int, height: int) -> GridPos:
    return GridPos(x=left, y=top, w=width, h=height)
