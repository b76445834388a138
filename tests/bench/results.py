"""Rows of measurements: what took how long, beside a floor, as a table and as JSON."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        part: Name of the part that measured it.
        what: What was measured.
        took: How long it took, or how much.
        floor_name: What the floor is; empty if there is none.
        floor: How long the floor took.
        unit: Unit of both.
        cpu: Seconds of the processors, where they were measured.
        floor_cpu: The same of the floor.
        differs: Variables that differ between both sides, and why.
        note: What else there is to know.
    """

    part: str
    what: str
    took: float
    floor_name: str = ""
    floor: float | None = None
    unit: str = "s"
    cpu: float | None = None
    floor_cpu: float | None = None
    differs: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times the floor it took."""
        return self.took / self.floor if self.floor else None

    @property
    def line(self) -> str:
        """The row in words, for the time while others are measured."""
        text = f"{self.what}: {_number(self.took)} {self.unit}"
        if self.floor is not None:
            text += f"; {self.floor_name}: {_number(self.floor)} {self.unit}; ratio {self.ratio:.2f}"
        return f"{text}; {self.note}" if self.note else text


def table(rows: Sequence[Row]) -> str:
    """All rows below each other, and below them what differs between the sides."""
    head = ("part", "what", "took", "processors", "floor", "processors", "ratio", "the floor is")
    lines = [head, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    notes = [f"{row.what}: {row.note}" for row in rows if row.note]
    reasons = {f"{name}: {why}" for row in rows for name, why in row.differs.items()}
    if reasons:
        notes.append("Variables that differ between the sides of a ratio, on purpose:")
        notes += sorted(f"  {reason}" for reason in reasons)
    return "\n".join([*text, *notes])


def write(file: Path, rows: Sequence[Row]) -> None:
    """All rows as JSON, beside what the machine is."""
    load = os.getloadavg()[0]
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": round(load, 1)}
    found = [{**asdict(row), "ratio": row.ratio} for row in rows]
    file.write_text(json.dumps({"machine": machine, "rows": found}, indent=2))


def _cells(row: Row) -> tuple[str, ...]:
    ratio = f"{row.ratio:.2f}" if row.ratio else ""
    took, floor = (f"{_number(value)} {row.unit}" if value is not None else "" for value in (row.took, row.floor))
    cpu, floor_cpu = (f"{value:.1f} s" if value is not None else "" for value in (row.cpu, row.floor_cpu))
    return (row.part, row.what, took, cpu, floor, floor_cpu, ratio, row.floor_name)


def _number(value: float) -> str:
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
