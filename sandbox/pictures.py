"""How all pictures look: width, text, colours by meaning. Import it late: matplotlib takes half a second."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from PIL import Image, ImageColor

WIDTH, DOTS = 8.65, 120
"""Inches and dots per inch. A README is 830 pixels wide, which is 8.65 inches of a web page."""
TEXT = 9
"""Points of the smallest text."""
PALETTE = BLUE, ORANGE, SKY, PINK, DARK, OCHRE = "#0072B2", "#E69F00", "#56B4E9", "#CC79A7", "#333333", "#B59F3B"
"""Colours of Okabe and Ito, which colour-blind people can tell apart, without the green."""
BAD, GREY, SHADE = "#D55E00", "#555555", "#EDEDED"
"""Vermilion for what is bad, grey for what explains, light grey for a span of time."""
LEFT, RIGHT, GAP, BOTTOM, ROW = 0.6, 0.15, 0.36, 0.5, 0.19
"""Inches around and between panels; a row holds names of events."""
_TYPE: dict[Any, Any] = {
    "font.size": TEXT,
    "axes.titlesize": TEXT + 1,
    "axes.titlelocation": "left",
    "text.parse_math": False,
}
"""A dollar is a dollar, and no formula."""
_LINE = 0.15
_WHITE = {"pad": 1.5, "facecolor": "white", "edgecolor": "none"}
"""Behind text that the line of an event may cross."""
_PAD = 0.06
_SHADES = 24
"""Steps from a colour to white, for the edges of text and lines."""


class Event(NamedTuple):
    """Something with a name that happens at a point of the time axis."""

    at: float
    text: str


class Panel(NamedTuple):
    """A title that names the quantity and its unit, and a height in inches."""

    title: str
    height: float


def headed(title: str, subtitle: str, height: float) -> Figure:
    """A figure with a title and a subtitle that says what was measured.

    Args:
        title: One line.
        subtitle: Any length; it is wrapped.
        height: Inches of the figure without the heading.
    """
    mpl.rcParams.update(_TYPE)
    lines = textwrap.wrap(subtitle, 118)
    total = height + 0.5 + _LINE * len(lines)
    figure = Figure(figsize=(WIDTH, total), dpi=DOTS)
    figure.text(0.012, 1 - 0.1 / total, title, fontsize=15, weight="bold", va="top")
    figure.text(0.012, 1 - 0.42 / total, "\n".join(lines), color=GREY, va="top")
    return figure


def stacked(
    title: str,
    subtitle: str,
    panels: Sequence[Panel],
    span: tuple[float, float],
    events: Sequence[Event],
    left: float = LEFT,
) -> tuple[Figure, list[Axes]]:
    """Panels below each other over one time axis, with the events as lines through all of them and their names on top.

    Args:
        title: One line.
        subtitle: What was measured.
        panels: From the top.
        span: Limits of the time axis.
        events: In any order; names that would overlap are put in rows.
        left: Inches for the labels of the vertical axes.
    """
    inner = WIDTH - left - RIGHT
    names = _rows(events, span, inner)
    strip = ROW * max((row + 1 for *_, row in names), default=0)
    height = strip + 0.12 + sum(GAP + panel.height for panel in panels) + BOTTOM
    figure = headed(title, subtitle, height)
    axes = list[Axes]()

    def add(top: float, tall: float) -> Axes:
        total = figure.get_figheight()
        return figure.add_axes((left / WIDTH, (top - tall) / total, inner / WIDTH, tall / total), xlim=span)

    top = height - 0.12
    if strip:
        _name(add(top, strip), names, strip)
    top -= strip
    for panel in panels:
        one = add(top - GAP, panel.height)
        one.set_title(panel.title, bbox=_WHITE)
        tidy(one)
        one.tick_params(labelbottom=panel is panels[-1])
        for event in events:
            one.axvline(event.at, color=GREY, linewidth=0.8, linestyle=":", zorder=3)
        axes.append(one)
        top -= GAP + panel.height
    return figure, axes


def tidy(axes: Axes) -> None:
    """A light grid, no frame, quiet ticks."""
    axes.grid(color="#E5E5E5", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(color="#999999", labelcolor=DARK)


def legend(axes: Axes, columns: int, *, below: bool = False) -> None:
    """A legend outside the curves: on the line of the title at the right, or below the axes."""
    place = ("upper left", (-0.02, -0.14)) if below else ("lower right", (1.0, 1.0))
    axes.legend(
        loc=place[0],
        bbox_to_anchor=place[1],
        ncols=columns,
        fontsize=TEXT,
        facecolor="white",
        edgecolor="none",
        framealpha=1,
        handlelength=1.2,
        columnspacing=1.2,
        labelspacing=0.25,
        borderpad=0,
    )


def save(figure: Figure, path: Path) -> None:
    """Write a PNG with the palette of all pictures, which is a quarter of the size."""
    figure.savefig(path, metadata={"Software": None})
    palette = np.array(list(_shades()))
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGBA")).view(np.uint32)[:, :, 0]
    # Pillow's own way to a given palette finds neighbours: white would be pink.
    found, where = np.unique(pixels, return_inverse=True)
    colours = found.view(np.uint8).reshape(-1, 4)[:, :3].astype(int)
    nearest = ((colours[:, None] - palette) ** 2).sum(axis=2).argmin(axis=1)
    small = Image.fromarray(nearest[where].reshape(pixels.shape).astype(np.uint8))
    small.putpalette(palette.astype(np.uint8).tobytes())
    small.save(path, optimize=True)


def _shades() -> Iterator[list[int]]:
    """Red, green and blue of each colour of a file, of which there may be 256."""
    yield list(ImageColor.getrgb(SHADE))
    for colour in (*PALETTE, BAD, GREY, "#000000"):
        for step in range(_SHADES + 1):
            yield [part + (255 - part) * step // _SHADES for part in ImageColor.getrgb(colour)]


def _rows(events: Sequence[Event], span: tuple[float, float], inner: float) -> list[tuple[Event, bool, int]]:
    """Of each event whether its name stands left of its line, and its row from the bottom.

    From the last to the first: a name that reaches over a later line gets a higher row, so that no line crosses it.
    """
    placed = list[tuple[Event, bool, int]]()
    taken = list[tuple[float, float, int]]()
    for event in sorted(events, reverse=True):
        at = (event.at - span[0]) / (span[1] - span[0]) * inner
        wide = TextPath((0, 0), event.text, size=TEXT).get_extents().width / 72 + 2 * _PAD
        turned = at + wide > inner + RIGHT
        start, end = (at - wide, at) if turned else (at, at + wide)
        row = max((row + 1 for left, right, row in taken if left < end and start < right), default=0)
        taken.append((start, end, row))
        placed.append((event, turned, row))
    return placed


def _name(axes: Axes, names: Sequence[tuple[Event, bool, int]], height: float) -> None:
    axes.set(ylim=(0, height))
    axes.axis("off")
    for event, turned, row in names:
        axes.plot([event.at] * 2, [-GAP, ROW * (row + 0.9)], color=GREY, linewidth=0.8, linestyle=":", clip_on=False)
        axes.annotate(
            event.text,
            (event.at, ROW * (row + 0.5)),
            xytext=(-72 * _PAD if turned else 72 * _PAD, 0),
            textcoords="offset points",
            ha="right" if turned else "left",
            va="center",
            bbox=_WHITE,
        )
