"""Reads the file of a stack: its values, the line of each, and keys that are there twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stacks.explain import nearest

Path_ = tuple[str, ...]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast, where it is installed


class SourceError(Exception):
    """The file is missing or is no stack configuration; the message names it, and what to do."""


@dataclass(frozen=True)
class Source:
    """The settings of one project in the file of a stack.

    Attributes:
        values: The settings, without the project's name before each.
        lines: Path of a setting, with dots, to where it is: `stacks/Pulumi.dev.yaml:12`.
        name: The file, as messages name it.
        repeated: Path of each setting that is there twice, with both lines.
    """

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    name: str = ""
    repeated: tuple[tuple[str, str], ...] = ()

    def where(self, path: str) -> str:
        """File and line of a setting, or of what should hold it, before a message; empty if the file is not known."""
        while path and path not in self.lines:
            path = path.rpartition(".")[0]
        found = self.lines.get(path, self.name)
        return f"{found}: " if found else ""

    def over(self, below: "Source") -> "Source":
        """This file's settings, and those of another where this one has none."""
        return Source(
            {**below.values, **self.values},
            {**below.lines, **self.lines},
            below.name,
            (*below.repeated, *self.repeated),
        )


def read(directory: Path, stack: str, project: str) -> Source:
    """The settings of `Pulumi.<stack>.yaml`.

    Raises:
        SourceError: It is missing, cannot be read, or is no stack configuration.
    """
    file = directory / f"Pulumi.{stack}.yaml"
    name = f"stacks/{file.name}"
    if not file.is_file():
        known = sorted(other.name.removeprefix("Pulumi.")[:-5] for other in directory.glob("Pulumi.*.yaml"))
        # Two letters that changed places make a long name unlike a short one; environments have few names.
        hint = nearest(stack, known, 0.6 if "-" in stack else 0.4)
        raise SourceError(f"environment {stack!r} has no {name}; there are: {', '.join(known)}{hint}")
    wrong = f"{name} is not a stack configuration"
    try:
        loader = _LOADER(file.read_text())
        root = loader.get_single_node()
        repeated = list(_repeated(root, ())) if root else []
        lines = dict(_lines(root, ())) if root else {}
        document = loader.construct_document(root) if root else None
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise SourceError(f"{wrong}: it is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        why = " ".join(filter(None, (error.problem, error.context)))
        raise SourceError(f"{name}{line} is not a stack configuration: {why}") from None
    except yaml.YAMLError as error:
        raise SourceError(f"{wrong}: {' '.join(str(error).split())}") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        has = "the file is empty" if document is None else "it has no mapping `config`"
        raise SourceError(f"{wrong}: {has}; write each setting below `config:`, as the other files in stacks/ do")
    own = {key: str(key).removeprefix(f"{project}:") for key in config if str(key).startswith(f"{project}:")}

    def inside(path: Path_) -> str:
        """The path of a setting, with dots; empty for what is none of the project's."""
        if len(path) < 2 or path[0] != "config" or path[1] not in own:
            return ""
        return ".".join((own[path[1]], *path[2:]))

    return Source(
        {short: config[key] for key, short in own.items()},
        {inside(path): f"{name}:{line}" for path, line in lines.items() if inside(path)},
        name,
        tuple(
            (inside(path), f"{name}:{second}: {project}:{inside(path)}: set twice, first in line {first}; remove one")
            for path, first, second in repeated
            if inside(path)
        ),
    )


def _lines(node: yaml.Node, path: Path_) -> Iterator[tuple[Path_, int]]:
    """Every path in a document, with the line of its key, from 1."""
    for key, line, value in _items(node):
        yield (*path, key), line
        yield from _lines(value, (*path, key))


def _repeated(node: yaml.Node, path: Path_) -> Iterator[tuple[Path_, int, int]]:
    """Every key that is in a mapping again, with its first line and that of the repetition."""
    first: dict[str, int] = {}
    for key, line, value in _items(node):
        if isinstance(node, yaml.MappingNode) and key in first:
            yield (*path, key), first[key], line
        first.setdefault(key, line)
        yield from _repeated(value, (*path, key))


def _items(node: yaml.Node) -> Iterator[tuple[str, int, yaml.Node]]:
    """Key or number, line from 1, and node of everything in a mapping or a list."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield str(number), value.start_mark.line + 1, value
