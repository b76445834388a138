"""Which models the exporter watches, from its environment."""

import json
from dataclasses import dataclass
from datetime import timedelta

NEEDED = {"minRows", "reference", "threshold", "windowSeconds"}
"""Fields of a model in DRIFT_MODELS; `truth` may be there too."""


@dataclass(frozen=True)
class Model:
    """A model that is watched."""

    name: str
    reference: str
    threshold: float
    window: timedelta
    min_rows: int
    truth: str | None = None


def models(text: str) -> list[Model]:
    """The models of DRIFT_MODELS.

    Raises:
        ValueError: It is wrong; the text names the model and the field.
    """
    found = []
    for name, given in json.loads(text).items():
        if missing := sorted(NEEDED - {*given}):
            raise ValueError(f"DRIFT_MODELS.{name} lacks {', '.join(missing)}; needed: {', '.join(sorted(NEEDED))}")
        if extra := sorted({*given} - NEEDED - {"truth"}):
            raise ValueError(f"DRIFT_MODELS.{name} has {', '.join(extra)}; allowed beside what is needed: truth")
        window = timedelta(seconds=float(given["windowSeconds"]))
        threshold = float(given["threshold"])
        if not 0 < threshold <= 1:
            raise ValueError(f"DRIFT_MODELS.{name}.threshold = {threshold}: allowed: over 0, up to 1")
        found.append(Model(name, given["reference"], threshold, window, int(given["minRows"]), given.get("truth")))
    return found
