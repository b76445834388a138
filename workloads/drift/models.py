"""Which models the exporter watches, from its environment."""

import json
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

NEEDED = {"falseAlarmsPerDay", "leastDistance", "minRows", "reference", "threshold", "windowSeconds"}
"""Fields of a model in DRIFT_MODELS."""
OPTIONAL = {"quality", "time", "truth"}
"""Fields that it may have too."""


class Kind(StrEnum):
    """What a model answers."""

    CLASSIFIER = "classifier"
    """The probability of one of two classes."""
    REGRESSION = "regression"
    """A number."""


@dataclass(frozen=True)
class Measured:
    """What is measured of a model; `workloads/drift/__init__.py` says what each field is."""

    output: str
    kind: Kind
    least: float
    days: float
    delay_days: float
    positive: str = "1"
    slices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Model:
    """A model that is watched; `workloads/drift/__init__.py` says what each field is."""

    name: str
    reference: str
    threshold: float
    window: timedelta
    min_rows: int
    false_alarms_per_day: float
    least_distance: float
    truth: str | None = None
    time: str | None = None
    quality: Measured | None = None


def models(text: str) -> list[Model]:
    """The models of DRIFT_MODELS.

    Raises:
        ValueError: It is wrong; the text names the model and the field.
    """
    found = []
    for name, given in json.loads(text).items():
        if missing := sorted(NEEDED - {*given}):
            raise ValueError(f"DRIFT_MODELS.{name} lacks {', '.join(missing)}; needed: {', '.join(sorted(NEEDED))}")
        if extra := sorted({*given} - NEEDED - OPTIONAL):
            allowed = ", ".join(sorted(OPTIONAL))
            raise ValueError(f"DRIFT_MODELS.{name} has {', '.join(extra)}; allowed beside what is needed: {allowed}")
        for field in ("threshold", "falseAlarmsPerDay"):
            if not 0 < float(given[field]) <= 1:
                raise ValueError(f"DRIFT_MODELS.{name}.{field} = {given[field]}: allowed: over 0, up to 1")
        found.append(
            Model(
                name,
                given["reference"],
                float(given["threshold"]),
                timedelta(seconds=float(given["windowSeconds"])),
                int(given["minRows"]),
                float(given["falseAlarmsPerDay"]),
                float(given["leastDistance"]),
                given.get("truth"),
                given.get("time"),
                _measured(f"DRIFT_MODELS.{name}.quality", given["quality"]) if "quality" in given else None,
            )
        )
    return found


def _measured(path: str, given: dict[str, Any]) -> Measured:
    needed, allowed = {"days", "delayDays", "kind", "least", "output"}, {"positive", "slices"}
    if missing := sorted(needed - {*given}):
        raise ValueError(f"{path} lacks {', '.join(missing)}; needed: {', '.join(sorted(needed))}")
    if extra := sorted({*given} - needed - allowed):
        raise ValueError(f"{path} has {', '.join(extra)}; allowed beside what is needed: {', '.join(sorted(allowed))}")
    if given["kind"] not in [*Kind]:
        raise ValueError(f"{path}.kind = {given['kind']!r}: allowed: {', '.join(Kind)}")
    return Measured(
        given["output"],
        Kind(given["kind"]),
        float(given["least"]),
        float(given["days"]),
        float(given["delayDays"]),
        str(given.get("positive", "1")),
        tuple(given.get("slices", ())),
    )
