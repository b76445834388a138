"""Shows what is changed, resource by resource, in the layout of `pulumi preview`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mlp.outcome import NO_VALUE, STACK_TYPE, UNKNOWN_VALUE, Outcome, Property, Step, masked

SYMBOLS = {"create": "+", "update": "~", "replace": "+-", "delete": "-", "import": "=", "read": ">"}
STYLES = {"create": "green", "update": "yellow", "replace": "magenta", "delete": "red"}
"""Colours of the plain tool, by operation."""
KINDS = {"add": "+", "delete": "-", "update": "~"}
LONGEST_VALUE = 100


class Line(NamedTuple):
    """A line for a person.

    Attributes:
        text: What it says.
        style: How rich writes it on a terminal.
        indent: How far to the right the rest goes where it must be broken, in characters.
    """

    text: str
    style: str = ""
    indent: int = 0


class _Node(NamedTuple):
    """A component or resource of the tree, what is done to it, and what it holds."""

    urn: str
    step: Step | None
    below: "list[_Node]"


def plan(outcome: Outcome, diff: bool = False) -> Iterator[Line]:
    """A line for each resource that is changed; those that lose data first.

    A component of which everything is created, or everything deleted, is one line; with `diff`, every resource has its
    own, and below it its values.
    """
    steps = [step for step in outcome.steps if step.logical and step.type != STACK_TYPE]
    lost = [step for step in steps if step.loses_data]
    if lost:
        would = "would be lost" if outcome.preview else "is lost"
        yield Line(f"What these hold {would}:", "bold red")
        for step in lost:
            yield from _resource(step, "", "", diff)
        yield Line("")
    for node in _tree(outcome, [step for step in steps if step not in lost]):
        yield from _branch(node, "", "", diff)


def _tree(outcome: Outcome, steps: Sequence[Step]) -> list[_Node]:
    """What is changed, below the components that hold it; the stack itself is left out."""
    nodes = {step.urn: _Node(step.urn, step, []) for step in steps}
    top: list[_Node] = []

    def place(node: _Node) -> None:
        above = outcome.parents.get(node.urn, "")
        if not above or f"::{STACK_TYPE}::" in above:
            top.append(node)
            return
        if above not in nodes:
            nodes[above] = _Node(above, None, [])
            place(nodes[above])
        nodes[above].below.append(node)

    for node in list(nodes.values()):
        place(node)
    return top


def _branch(node: _Node, guide: str, rest: str, diff: bool) -> Iterator[Line]:
    step = node.step or Step("", node.urn)
    inside = list(_below(node))
    if node.below and not diff and {one.op for one in inside} == {step.op} and step.op in ("create", "delete"):
        yield _head(step, guide, rest, f": {len(inside)} {'resource' if len(inside) == 1 else 'resources'}")
        return
    yield from _resource(step, guide, rest, diff) if node.step else [_head(step, guide, rest, "")]
    for number, one in enumerate(node.below):
        last = number == len(node.below) - 1
        yield from _branch(one, f"{rest}{'└─ ' if last else '├─ '}", f"{rest}{'   ' if last else '│  '}", diff)


def _below(node: _Node) -> Iterator[Step]:
    for one in node.below:
        yield one.step or Step("", one.urn)
        yield from _below(one)


def _resource(step: Step, guide: str, rest: str, diff: bool) -> Iterator[Line]:
    """A resource; with `diff` its values below it, else the names of the properties that differ beside it."""
    why = (
        " (because of what it depends on)"
        if step.op == "replace" and not any(p.replaces for p in step.properties)
        else ""
    )
    if not diff:
        names = ", ".join(
            f"{KINDS.get(one.kind, '~')}{one.path}{' (replaces)' if one.replaces and step.op != 'update' else ''}"
            for one in step.properties
        )
        yield _head(step, guide, rest, f"{why}  [diff: {names}]" if names else why)
        return
    yield _head(step, guide, rest, why)
    for text, kind in _values(step):
        yield Line(f"    {rest}   {text}", STYLES[kind], len(rest) + 11)


def _values(step: Step) -> Iterator[tuple[str, str]]:
    """Each property that differs with its values, or of what is created every one; with the operation of its colour."""
    if step.op == "create":
        yield from ((f"+ {name}: {_shown(value)}", "create") for name, value in masked(step.inputs).items())
    for one in step.properties:
        yield _change(one), {"add": "create", "delete": "delete"}.get(one.kind, "update")


def _change(one: Property) -> str:
    why = " (replaces)" if one.replaces else ""
    if one.kind == "add":
        return f"+ {one.path}: {_shown(one.new)}{why}"
    if one.kind == "delete":
        return f"- {one.path}: {_shown(one.old)}{why}"
    return f"~ {one.path}: {_shown(one.old)} => {_shown(one.new)}{why}"


def _head(step: Step, guide: str, rest: str, end: str) -> Line:
    symbol = f"{SYMBOLS.get(step.op, '~' if step.op else '')}"
    text = f" {symbol:2} {guide}{short(step.type)} {step.name}{end}"
    return Line(text, STYLES.get(step.op, ""), 4 + len(rest) + 4)


def short(type_: str) -> str:
    """A type as the plain tool shows it: without the file between module and name."""
    package, _, rest = type_.partition(":")
    module, _, name = rest.rpartition(":")
    return f"{package}:{module.partition('/')[0]}:{name}" if "/" in module and package == "aws" else type_


def _shown(value: Any) -> str:
    """A value on one line, cut where it is long."""
    if value is NO_VALUE:
        return "none"
    if value == UNKNOWN_VALUE:
        return "known after the change"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, (str, Mapping, list)) else json.dumps(value)
    text = text.replace(UNKNOWN_VALUE, "known after the change")
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
