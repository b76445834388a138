"""Which models the exporter watches, from its environment."""

import json
from dataclasses import dataclass
from datetime import timedelta

NEEDED = {"falseAlarmsPerDay", "leastDistance", "minRows", "reference", "threshold", "windowSeconds"}
"""Fields of a model in DRIFT_MODELS."""
OPTIONAL = {"time", "truth"}
"""Fields that it may have too."""


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
            )
        )
    return found
