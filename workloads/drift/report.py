"""A verdict as a page of HTML, which names the columns and shows both distributions of each."""

from datetime import datetime
from html import escape
from typing import Any

from workloads.drift import store
from workloads.drift.judge import Compared, Verdict

BAR, HEIGHT = 9, 60
"""Width of a bar and height of the largest one, pixels."""
STYLE = (
    "body{font:14px sans-serif;margin:2em}td,th{text-align:left;padding:.3em 1em .3em 0;border-bottom:1px solid #ccc}"
    ".drifted{color:#b00020;font-weight:bold}.expected{fill:#888}.found{fill:#0b6fb8}"
)


def write(s3: Any, uri: str, name: str, now: datetime, text: str) -> str:
    """Keep a page as `<uri>/<name>/<yyyy>/<mm>/<dd>/<hh-mm-ss>.html`; the URI of it."""
    bucket, prefix = store.split(uri)
    key = f"{prefix.rstrip('/')}/{name}/{now:%Y/%m/%d/%H-%M-%S}.html"
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="text/html; charset=utf-8")
    return f"s3://{bucket}/{key}"


def page(model: str, version: str, reference: str, now: datetime, verdict: Verdict) -> str:
    """The page; the columns furthest beyond their limit come first."""
    columns = sorted(verdict.columns, key=lambda one: one.distance - one.bound.limit, reverse=True)
    rows = "".join(map(_row, columns))
    failed = "".join(f"<li>{escape(text)}</li>" for text in verdict.failed) or "<li>none</li>"
    drifted = f"{len(verdict.drifted)} of {len(columns)} columns have drifted"
    title = escape(f"{model} {version}: {drifted}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<h1>{title}</h1><p>{now:%Y-%m-%d %H:%M} UTC. {verdict.rows} predictions beside {escape(reference)}."
        " Grey bars are the reference, blue bars the window; point at a bar for what it counts.</p>"
        "<table><tr><th>column<th>distance<th>limit<th>found with 90 %<th>distributions</tr>"
        f"{rows}</table><h2>Failed checks of the data</h2><ul>{failed}</ul></html>"
    )


def _row(column: Compared) -> str:
    kind = "drifted" if column.drifted else "unchanged"
    bound = column.bound
    size = "nothing" if bound.shift is None else f"a shift of {bound.shift:.3g} {bound.unit}"
    return (
        f'<tr class="{kind}"><td>{escape(column.name)}<br>{column.rows} values<td>{column.distance:.3f}'
        f"<td>{bound.limit:.3f}<td>{size}<td>{_bars(column)}</tr>"
    )


def _bars(column: Compared) -> str:
    most = max(*column.bound.expected, *column.found)
    bars = "".join(
        _pair(*one, most) for one in enumerate(zip(column.bins, column.bound.expected, column.found, strict=True))
    )
    width = 3 * BAR * len(column.bins)
    return f'<svg width="{width}" height="{HEIGHT}" role="img" aria-label="{escape(column.name)}">{bars}</svg>'


def _pair(number: int, bin_: tuple[str, float, float], most: float) -> str:
    name, *shares = bin_
    return "".join(_bar(number, place, name, share, most) for place, share in enumerate(shares))


def _bar(number: int, place: int, name: str, share: float, most: float) -> str:
    kind, height = ("expected", "found")[place], HEIGHT * share / most
    at = BAR * (3 * number + place)
    return (
        f'<rect class="{kind}" x="{at}" y="{HEIGHT - height:.1f}" width="{BAR}" height="{height:.1f}">'
        f"<title>{escape(name)}: {share:.2%} ({kind})</title></rect>"
    )
