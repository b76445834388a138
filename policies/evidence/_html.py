"""Builds HTML as a tree, so that no text can become mark-up."""

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as xml

from policies.output._text import printable

Node = xml.Element | str


def el(tag: str, *children: Node, **attributes: str) -> xml.Element:
    """An element; `class_` and the like stand for attributes that are words of Python."""
    made = xml.Element(tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    for child in children:
        if not isinstance(child, str):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + printable(child)
        else:
            made.text = (made.text or "") + printable(child)
    return made


def coded(text: str) -> xml.Element:
    """Text with code between backticks."""
    parts = text.split("`") if text.count("`") % 2 == 0 else [text]
    return el("span", *(el("code", part) if place % 2 else part for place, part in enumerate(parts)))


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[Node]]) -> xml.Element:
    """A table whose first column names the row."""
    body = [el("tr", el("th", row[0], scope="row"), *(el("td", cell) for cell in row[1:])) for row in rows]
    empty = [el("tr", el("td", "None.", colspan=str(len(headings))))]
    return el(
        "table",
        el("caption", caption),
        el("thead", el("tr", *(el("th", heading, scope="col") for heading in headings))),
        el("tbody", *(body or empty)),
    )


def facts(pairs: Iterable[tuple[Node, Node]]) -> xml.Element:
    """Terms and what they are."""
    return el("dl", *(node for term, what in pairs for node in (el("dt", term), el("dd", what))))


def points(items: Iterable[Node]) -> xml.Element:
    """A list."""
    return el("ul", *(el("li", item) for item in items))


def document(title: str, style: str, body: xml.Element) -> str:
    """A whole page that loads nothing and runs nothing; `style` is our own, and no text of others."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    sheet = xml.Element("style")
    sheet.text = style
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        sheet,
    )
    return "<!doctype html>\n" + xml.tostring(el("html", head, body, lang="en"), encoding="unicode", method="html")
