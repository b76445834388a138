"""Trains classifiers of kinds that a server must know: `python -m tests.workloads.classifiers KIND FOLDER`."""

import sys
from pathlib import Path

import joblib  # pyright: ignore[reportMissingImports]
import numpy as np
import pandas as pd  # pyright: ignore[reportMissingImports]
from sklearn.compose import make_column_transformer  # pyright: ignore[reportMissingImports]
from sklearn.impute import SimpleImputer  # pyright: ignore[reportMissingImports]
from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingImports]
from sklearn.pipeline import make_pipeline  # pyright: ignore[reportMissingImports]
from sklearn.preprocessing import OneHotEncoder  # pyright: ignore[reportMissingImports]

LABELS = {
    "text": np.array(["good", "bad"]),
    "object": np.array(["good", "bad"], dtype=object),
    "boolean": np.array([False, True]),
    "number": np.array([0, 1]),
}
TABLE = pd.DataFrame(
    {
        "age": [20.0, 60.0, 30.0, np.nan] * 25,
        "children": [0, 2, 1, 3] * 25,
        "employed": [True, False, True, False] * 25,
        "city": ["Bonn", "Kiel", "Bonn", "Kiel"] * 25,
    }
)


def classifier(kind: str) -> object:
    columns = make_column_transformer(
        (SimpleImputer(), ["age", "children", "employed"]),
        (OneHotEncoder(handle_unknown="ignore"), ["city"]),
    )
    table = TABLE.astype({"children": float, "employed": float})
    return make_pipeline(columns, LogisticRegression()).fit(table, LABELS[kind][(table.city == "Kiel").astype(int)])


def customers() -> object:
    columns = make_column_transformer(("passthrough", ["amount", "distance_km"]))
    table = pd.DataFrame({"customer": ["1", "2"], "amount": [1.0, 9.0], "distance_km": [1.0, 9.0]})
    return make_pipeline(columns, LogisticRegression()).fit(table, [0, 1])


if __name__ == "__main__":
    made = customers() if sys.argv[1] == "customers" else classifier(sys.argv[1])
    joblib.dump(made, Path(sys.argv[2]) / "model.joblib")
