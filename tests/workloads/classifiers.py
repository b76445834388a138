"""Trains classifiers of kinds that a server must know: `python -m tests.workloads.classifiers KIND FOLDER`."""

import shutil
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


def saved(kind: str, folder: Path) -> None:
    """A classifier of two numbers, `x` and `y`, that says whether x + y is more than 0, in a format."""
    numbers = np.random.default_rng(1).normal(size=(400, 2))
    label = (numbers.sum(axis=1) > 0).astype(int)
    table = pd.DataFrame(numbers, columns=["x", "y"])
    if kind == "xgboost":
        import xgboost  # pyright: ignore[reportMissingImports]

        xgboost.XGBClassifier(n_estimators=20).fit(table, label).save_model(folder / "model.json")
    elif kind == "lightgbm":
        import lightgbm  # pyright: ignore[reportMissingImports]

        made = lightgbm.train({"objective": "binary", "verbose": -1}, lightgbm.Dataset(table, label), 20)
        made.save_model(folder / "model.bst")
    elif kind == "pyfunc":
        import mlflow  # pyright: ignore[reportMissingImports]

        signature = mlflow.models.infer_signature(table, label)
        mlflow.sklearn.save_model(LogisticRegression().fit(table, label), folder, signature=signature)
    else:
        import onnxruntime.datasets  # pyright: ignore[reportMissingImports]

        # The classifier of irises that comes with onnxruntime.
        shutil.copy(onnxruntime.datasets.get_example("logreg_iris.onnx"), folder / "model.onnx")


if __name__ == "__main__":
    kind, folder = sys.argv[1], Path(sys.argv[2])
    if kind in LABELS:
        joblib.dump(classifier(kind), folder / "model.joblib")
    elif kind == "customers":
        joblib.dump(customers(), folder / "model.joblib")
    else:
        saved(kind, folder)
