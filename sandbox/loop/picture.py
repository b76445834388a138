"""The picture of a run of the loop: what was measured, and what the platform did, over time."""

from collections.abc import Iterator

from matplotlib.figure import Figure

from sandbox.loop.play import COOLDOWN_MINUTES, THRESHOLD, Seen
from sandbox.pictures import BAD, BLUE, ORANGE, SHADE, SKY, Event, Panel, legend, stacked

Spans = list[tuple[float, float]]
STARTED = "run starts"
EVENTS = {
    ("payments change", ""): "payments change",
    ("payments are as before", ""): "payments as before",
    ("retraining", "started"): STARTED,
    ("retraining", "waiting"): "run waits: cooldown",
}
"""Marks that the picture names, with the first part of their detail."""
PANELS = (
    Panel("Drifted columns, % of all", 1.2),
    Panel("Mean prediction, probability of fraud", 1.0),
    Panel("State of the chain", 1.3),
)
ROOM = 13
"""Seconds of the time axis after the last mark, for its name."""


def draw(seen: Seen) -> Figure:
    """The figure of a run, over seconds since the traffic began."""
    begun = next((mark.second for mark in seen.marks if mark.what == "programs run"), 0.0)
    ended = max((mark.second for mark in seen.marks), default=0.0) - begun + ROOM
    events = list(_events(seen, begun))
    figure, (share, answer, chain) = stacked(
        "From drift to retraining",
        "One run of `mlp loop`: real model server, drift exporter, Prometheus and Alertmanager; moto stands in for AWS."
        " Payments change twice. The first drift starts a training run; the second waits for the end of the cooldown of"
        f" {COOLDOWN_MINUTES} min after a run. Windows and waits are seconds here and hours on AWS.",
        PANELS,
        (0, ended),
        events,
        left=1.3,
    )
    at, shares = _line(seen, "share", begun)
    share.step(at, [100 * one for one in shares], where="post", color=BLUE, label="drifted columns")
    share.axhline(100 * THRESHOLD, color=BAD, linestyle="--", linewidth=1.2, label="threshold of drift")
    share.set(ylim=(-4, 104), yticks=(0, 50, 100))
    legend(share, 2)
    answer.plot(*_line(seen, "answer", begun), color=BLUE)
    answer.set(ylim=(0, 1), yticks=(0, 0.5, 1))
    rows = list(_rows(seen, begun, ended))
    for number, (_, colour, spans) in enumerate(rows):
        chain.broken_barh([(start, end - start) for start, end in spans], (number - 0.3, 0.6), color=colour, zorder=2)
    cooldown = [(event.at, min(ended, event.at + 60 * COOLDOWN_MINUTES)) for event in events if event.text == STARTED]
    for start, end in cooldown:
        for axes in (share, answer, chain):
            axes.axvspan(start, end, color=SHADE, zorder=0, linewidth=0)
        text = f"cooldown, {COOLDOWN_MINUTES} min: no second run"
        behind = {"facecolor": SHADE, "edgecolor": "none", "pad": 0.5}
        chain.text((start + end) / 2, len(rows), text, ha="center", va="center", bbox=behind)
    names = [name for name, *_ in rows]
    chain.set(yticks=range(len(rows) + 1), yticklabels=[*names, "cooldown"], ylim=(len(rows) + 0.5, -0.5))
    chain.set_xlabel("seconds since the traffic began")
    return figure


def _events(seen: Seen, begun: float) -> Iterator[Event]:
    for mark in seen.marks:
        if text := EVENTS.get((mark.what, mark.detail.partition(";")[0])):
            yield Event(mark.second - begun, text)


def _rows(seen: Seen, begun: float, ended: float) -> Iterator[tuple[str, str, Spans]]:
    """Name, colour and spans of each row, from the top."""
    yield "payments differ", ORANGE, _between(seen, "payments change", "payments are as before", begun, ended)
    yield "alert fires", BAD, _joined([at - begun for at, _ in seen.series.get("firing", [])])
    yield "message waits", SKY, _between(seen, "queue", "retraining", begun, ended)


def _between(seen: Seen, first: str, second: str, begun: float, ended: float) -> Spans:
    """From each mark to the next one that ends it, or to the last mark."""
    starts, ends = ([mark.second - begun for mark in seen.marks if mark.what == what] for what in (first, second))
    return [(start, min((end for end in ends if end > start), default=ended - ROOM)) for start in starts]


def _joined(seconds: list[float]) -> Spans:
    """Spans of the samples that follow each other every second."""
    spans: Spans = []
    for second in seconds:
        if spans and second - spans[-1][1] < 1.5:
            spans[-1] = spans[-1][0], second
        else:
            spans.append((second - 1, second))
    return spans


def _line(seen: Seen, name: str, begun: float) -> tuple[list[float], list[float]]:
    points = seen.series.get(name, [])
    return [second - begun for second, _ in points], [value for _, value in points]
