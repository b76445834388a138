"""Changes one value in the file of a stack, and nothing else: comments, order and spacing stay."""

import json
from collections.abc import Sequence

import yaml


class EditError(ValueError):
    """The value cannot be changed; the text says which and why."""


def replaced(text: str, path: Sequence[str], value: str) -> tuple[str, int, str]:
    """A document with another value in one place.

    Args:
        text: A YAML document.
        path: Keys that lead to a scalar of one line.
        value: What is written there, as a quoted string.

    Returns:
        The new text, the line of the value, from 1, and the value that was there.

    Raises:
        EditError: There is no such scalar, or it is a block of lines.
    """
    node = yaml.compose(text, yaml.SafeLoader)
    for depth, key in enumerate(path, 1):
        found = node.value if isinstance(node, yaml.MappingNode) else ()
        node = next((inner for name, inner in found if name.value == key), None)
        if node is None:
            raise EditError(f"there is no {'.'.join(path[:depth])}")
    if not isinstance(node, yaml.ScalarNode) or node.style in ("|", ">"):
        raise EditError(f"{'.'.join(path)} is no value of one line")
    start, end = node.start_mark, node.end_mark
    return text[: start.index] + json.dumps(value) + text[end.index :], start.line + 1, node.value
