"""Pictures of the loop and of scenarios: readable at the width of a README, and true to what was measured."""

from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from sandbox.loop.picture import draw as draw_loop
from sandbox.loop.play import Mark, Seen
from sandbox.pictures import BAD, PALETTE, SHADE, TEXT, Event, Panel, save, stacked
from sandbox.sim import report
from sandbox.sim.measure import Job, Node, Pod, Timeline
from sandbox.sim.picture import draw as draw_scenario

WAITS = 74.3


def seen() -> Seen:
    """A run with the marks of a real one."""
    marks = [
        Mark(19.1, "programs run", "MLServer, drift exporter, webhook receiver, Prometheus"),
        Mark(31.9, "payments change", ""),
        Mark(38.7, "queue", "one message"),
        Mark(48.2, "retraining", "started; 1 run in all"),
        Mark(48.2, "payments are as before", ""),
        Mark(58.8, "payments change", ""),
        Mark(66.7, "queue", "one message"),
        Mark(WAITS, "retraining", "waiting; 1 run in all"),
    ]
    share = [(float(second), 0.8 if 36 <= second < 58 or second >= 64 else 0.0) for second in range(25, 75)]
    firing = [(float(second), 1.0) for second in range(38, 75) if not 58 <= second < 66]
    return Seen(marks=marks, series={"share": share, "answer": share, "firing": firing})


def scenario(*events: tuple[float, str], price: float = 3.0) -> dict[str, Any]:
    """What is known of an hour with one node of 4 GPUs."""
    node = Node("g5.12xlarge", "eu-central-1a", "spot", "pool", 4, price, 6.0, 0)
    pods = [Pod("train", "train-0", 4, 0, 2, 30, "a", "done")]
    jobs = {"train-0": Job("train", 0, 0, 30)}
    return report.document("x", Timeline(2, 30, nodes={"a": node}, pods=pods, jobs=jobs, events=list(events)))


NOTICE = "12 of 40 spot nodes get the notice of interruption"
MANY = [(minute, NOTICE) for minute in (0.0, 0.5, 20.0, 33.0, 59.0, 60.0)]
FIGURES = {
    "loop": lambda: draw_loop(seen()),
    "loop of nothing": lambda: draw_loop(Seen()),
    "scenario": lambda: draw_scenario("spot-drought", scenario((10.0, "shortage of spot begins: zone a"))),
    "scenario of nothing": lambda: draw_scenario("x", report.document("x", Timeline(1))),
    "events everywhere": lambda: draw_scenario("x", scenario(*MANY)),
}
each_figure = pytest.mark.parametrize("figure", [one() for one in FIGURES.values()], ids=list(FIGURES))


def texts(figure: Figure) -> dict[Text, Bbox]:
    """Texts that are drawn and where they are, in pixels."""
    drawn, draw, canvas = list[Text](), Text.draw, FigureCanvasAgg(figure)
    with patch.object(Text, "draw", lambda text, *given: (drawn.append(text), draw(text, *given))[1]):
        canvas.draw()
    # An annotation's extent is else that of its arrow too.
    return {
        one: Text.get_window_extent(one, canvas.get_renderer()) for one in drawn if one.get_text() and one.get_visible()
    }


@each_figure
def test_every_text_is_large_enough_and_within_the_frame(figure: Figure) -> None:
    width, height = figure.bbox.width, figure.bbox.height
    for text, box in texts(figure).items():
        assert float(text.get_fontsize()) >= TEXT, text
        assert 0 <= box.x0 < box.x1 <= width, text
        assert 0 <= box.y0 < box.y1 <= height, text


@each_figure
def test_no_text_lies_on_another(figure: Figure) -> None:
    for (one, first), (other, second) in combinations(texts(figure).items(), 2):
        assert not first.padded(-1).overlaps(second.padded(-1)), (one, other)


@each_figure
def test_colours_are_not_mixed(figure: Figure) -> None:
    """An area that lets another through makes a third colour, which no legend names."""
    assert {one.get_alpha() for one in figure.findobj()} <= {None, 1}


@each_figure
def test_a_picture_is_a_small_file(figure: Figure, tmp_path: Path) -> None:
    save(figure, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a.png").stat().st_size < 200_000


def test_the_run_that_waits_lies_in_the_shaded_cooldown_of_every_panel() -> None:
    figure = draw_loop(seen())
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    assert len(panels) == 3
    for axes in panels:
        shaded = [
            one for one in axes.patches if isinstance(one, Rectangle) and to_hex(one.get_facecolor()) == SHADE.lower()
        ]
        (span,) = shaded
        assert span.get_x() == pytest.approx(48.2 - 19.1)
        assert span.get_x() < WAITS - 19.1 <= span.get_x() + span.get_width()
    words = [one.get_text() for one in texts(figure)]
    assert any("waits" in one and "cooldown" in one for one in words)


@pytest.mark.parametrize(
    ("price", "saving"), [(3.0, "50 % less than the same nodes on demand ($6.00)"), (9.0, "50 % more")]
)
def test_the_subtitle_of_a_scenario_says_what_it_cost_and_saved(price: float, saving: str) -> None:
    figure = draw_scenario("x", scenario(price=price))
    subtitle = " ".join(figure.texts[1].get_text().split())
    assert f"Cost ${price:.2f}" in subtitle
    assert saving in subtitle


def test_pods_and_nodes_have_panels_of_their_own() -> None:
    figure = draw_scenario("x", scenario())
    assert len({axes.bbox.bounds for axes in figure.axes}) == len(figure.axes) == 3


def test_no_line_of_an_event_crosses_a_name_to_its_left() -> None:
    events = [Event(at, "a name of an event") for at in (10, 12, 14, 40)]
    figure, _ = stacked("a", "b", (Panel("c", 1),), (0, 100), events)
    strip = figure.axes[0]
    boxes = [box for text, box in texts(figure).items() if text.axes is strip]
    lines = [line.get_window_extent() for line in strip.lines]
    assert len(boxes) == len(lines) == 4
    assert not any(line.x0 > box.x0 and line.overlaps(box) for line in lines for box in boxes)


def test_a_colour_that_few_pixels_have_stays_what_it_is(tmp_path: Path) -> None:
    """A palette that is chosen by frequency would draw a rare warning in the colour of something else."""
    figure, (axes,) = stacked("a", "b", (Panel("c", 3),), (0, 100), ())
    for place in range(3000):
        axes.plot([place % 100], [place], "s", color=(place % 60 / 90, place % 50 / 50, place % 70 / 70))
    colours = (*PALETTE, BAD, SHADE)
    for place, colour in enumerate(colours):
        axes.plot([place], [-200], "s", color=colour, zorder=9)
    save(figure, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    found = {to_hex(pixel / 255) for pixel in np.unique(pixels, axis=0)}
    assert {colour.lower() for colour in (*colours, "#ffffff")} <= found
