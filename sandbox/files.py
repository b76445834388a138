"""Small files of the sandbox: written whole or not at all, and read as if a damaged one were missing."""

import json
import os
from pathlib import Path
from typing import Any


def write_private(file: Path, content: str | bytes, durable: bool = False) -> None:
    """Write a file that only its owner may read, all of it or nothing.

    Args:
        file: The file; its folder exists.
        content: What it then holds.
        durable: Whether the content is on the disk before the file is replaced, so that it survives a power failure.
    """
    new = file.with_name(f"{file.name}~")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content.encode() if isinstance(content, str) else content)
        if durable:
            out.flush()
            os.fsync(out.fileno())
    new.replace(file)


def as_csv(path: Path) -> str:
    """A path as the value of a flag that takes a line of CSV: quoted, it may hold commas and quotes."""
    text = str(path).replace('"', '""')
    return f'"{text}"'


def decoded(file: Path) -> dict[str, Any]:
    """The object in a file of JSON; an empty one if the file is missing or damaged."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
