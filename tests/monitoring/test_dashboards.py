"""Dashboards: every question of every panel is answered by a real Prometheus that holds the contract's series."""

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from PIL import Image

from monitoring import promql, rules, services, synthetic
from monitoring.dashboards import BOARDS, documents
from monitoring.dashboards.board import Board, Panel, Row, Unit, graph, rendered
from tests.monitoring.answers import Prometheus, serving, times
from tests.monitoring.sample import WATCHED
from tests.pictures.draw import draw, shown

DOCS = Path(__file__).parents[2] / "docs/dashboards"

RECORDED = promql.check(rules.typed(WATCHED), services.KNOWN)
QUESTIONS = [(board, panel, query.expr) for board in BOARDS for panel in board.panels for query in panel.queries]


def named(value: Any) -> str:
    return value.name if isinstance(value, Board) else value.title if isinstance(value, Panel) else "expr"


each_question = pytest.mark.parametrize(("board", "panel", "expr"), QUESTIONS, ids=named)


def chosen(expr: str, **values: str) -> str:
    """The expression as Grafana sends it, with all values of a variable where none is given."""
    return re.sub(r"\$(\w+)", lambda found: values.get(found[1], ".*"), expr)


def selectors(expr: str) -> list[str]:
    """Every series that an expression reads, with its labels but without its range."""
    found: list[str] = []

    def note(node: Any) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(str(node))

    promql_parser.walk(promql_parser.parse(expr), note)
    return found


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    moments = times()
    with serving(tmp_path_factory.mktemp("prometheus"), synthetic.series(moments), moments) as found:
        yield found


@each_question
def test_a_panel_is_not_empty(prometheus: Prometheus, board: Board, panel: Panel, expr: str) -> None:
    now = prometheus.at(chosen(expr))
    assert now
    assert all(math.isfinite(float(one["value"][1])) for one in now)
    assert all(len(one["values"]) > 100 for one in prometheus.over(chosen(expr)))
    # `or vector(0)` would answer for series that no program emits.
    for selector in selectors(chosen(expr)):
        series, _, offset = selector.partition(" offset ")
        assert prometheus.at(series.split("[")[0]), f"{series} {offset}: no such series"


@each_question
def test_a_panel_reads_only_the_contract_and_what_rules_record(board: Board, panel: Panel, expr: str) -> None:
    shown = promql.labels(chosen(expr), RECORDED)
    legends = [query.legend for query in panel.queries if query.expr == expr]
    for legend in legends:
        assert set(re.findall(r"{{(\w+)}}", legend)) <= shown


def test_what_a_variable_offers_leads_to_full_panels(prometheus: Prometheus) -> None:
    for board in BOARDS:
        offered = {one.name: prometheus.values(one.metric, one.label) for one in board.variables}
        for name, values in offered.items():
            assert values, f"{board.name}: {name}"
    (answer,) = prometheus.at(chosen(BOARDS[0].rows[0].panels[0].queries[0].expr, namespace="vision", model="fraud"))
    (everything,) = prometheus.at(chosen(BOARDS[0].rows[0].panels[0].queries[0].expr))
    assert 0 < float(answer["value"][1]) < float(everything["value"][1])


def test_a_panel_on_a_value_that_no_program_emits_is_found(prometheus: Prometheus) -> None:
    broken = graph("A", Unit.NUMBER, "b", ('count(rollout_info{phase="Sleeping"}) or vector(0)', ""))
    with pytest.raises(AssertionError, match="no such series"):
        test_a_panel_is_not_empty(prometheus, BOARDS[0], broken, broken.queries[0].expr)


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_grafana_gets_every_panel_once_and_none_over_another(board: Board) -> None:
    document = json.loads(rendered(board))
    assert document["uid"] == f"ml-platform-{board.name}"
    panels = [one for one in document["panels"] if one["type"] != "row"]
    assert [one["title"] for one in panels] == [one.title for one in board.panels]
    cells = [
        (x, y)
        for one in document["panels"]
        for x in range(one["gridPos"]["x"], one["gridPos"]["x"] + one["gridPos"]["w"])
        for y in range(one["gridPos"]["y"], one["gridPos"]["y"] + one["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    for found, panel in zip(panels, board.panels, strict=True):
        assert [one["expr"] for one in found["targets"]] == [query.expr for query in panel.queries]
        assert len({one["refId"] for one in found["targets"]}) == len(panel.queries)
        assert found["description"]
    assert {one["name"] for one in document["templating"].get("list", [])} == set(
        re.findall(r"\$(\w+)", rendered(board))
    )


def test_the_five_readers_have_theirs_and_texts_never_change_by_themselves() -> None:
    assert set(documents()) == {"service-owner", "ml-engineer", "platform", "cost", "compliance"}
    assert documents() == documents()
    # A ConfigMap holds a mebibyte.
    assert all(len(text) < 100_000 for text in documents().values())


def test_a_row_wraps() -> None:
    panels = tuple(graph(str(number), Unit.NUMBER, "b", ("up", "")) for number in range(4))
    document = json.loads(rendered(Board(name="a", title="A", text="b", rows=(Row(title="R", panels=panels),))))
    assert [one["gridPos"]["y"] for one in document["panels"]] == [0, 1, 1, 1, 9]


@pytest.mark.parametrize("board", BOARDS, ids=named)
def test_every_dashboard_has_a_picture_in_the_documentation(board: Board) -> None:
    picture = DOCS / f"{board.name}.png"
    assert 10_000 < picture.stat().st_size < 200_000
    assert f"({picture.name})" in (DOCS / "README.md").read_text()


def test_a_picture_has_every_panel(prometheus: Prometheus, tmp_path: Path) -> None:
    board = Board(name="a", title="A", text="b", rows=(BOARDS[3].rows[0],))
    draw(board, prometheus, tmp_path / "one.png", "a")
    larger = Board(name="a", title="A", text="b", rows=BOARDS[3].rows[:2])
    draw(larger, prometheus, tmp_path / "two.png", "a")
    assert height(tmp_path / "two.png") > 2 * height(tmp_path / "one.png")


def height(path: Path) -> int:
    with Image.open(path) as picture:
        return picture.height


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0123, Unit.SHARE, "1.2 %"),
        (5000.4, Unit.USD, "$5,000"),
        (0.1, Unit.USD, "$0.10"),
        (7200, Unit.SECONDS, "2 h"),
        (0.02, Unit.SECONDS, "20 ms"),
        (2**31, Unit.BYTES, "2 GiB"),
    ],
)
def test_a_value_is_shown_with_its_unit(value: float, unit: Unit, text: str) -> None:
    assert shown(value, unit) == text
