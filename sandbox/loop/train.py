"""Trains the model that is played with, and writes it beside its reference data: `python -m sandbox.loop.train FOLDER`.

It runs on the packages of the platform's programs.
"""

import sys
from pathlib import Path

import joblib  # pyright: ignore[reportMissingImports]
import numpy as np
import pandas as pd  # pyright: ignore[reportMissingImports]
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingImports]
from sklearn.pipeline import make_pipeline  # pyright: ignore[reportMissingImports]
from sklearn.preprocessing import StandardScaler  # pyright: ignore[reportMissingImports]

from sandbox.loop.data import FEATURES, payments


def main(folder: Path) -> None:
    """Write `model/model.joblib` and `reference.csv`, whose last column is what the model answers."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(payments(rng, 4000))[list(FEATURES)]
    risk = 0.01 * table.amount + 0.03 * table.distance_km - 0.002 * table.account_age_days
    fraud = rng.random(len(table)) < 1 / (1 + np.exp(1 - risk))
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, fraud)
    reference = pd.DataFrame(payments(rng, 4000))[list(FEATURES)]
    reference["predict_proba"] = model.predict_proba(reference)[:, 1]
    (folder / "model").mkdir(parents=True, exist_ok=True)
    joblib.dump(model, folder / "model" / "model.joblib")
    reference.to_csv(folder / "reference.csv", index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
