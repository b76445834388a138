"""Trains versions of a model with MLflow's own client; read by the workloads' Python, told what on standard input.

Model to `tags` and `versions`; a version has `metrics`, `tags`, `evaluation` (a CSV), `files` (name to bytes) and
`sklearn` (log a real one).
Prints model to the numbers of its versions.
"""

import json
import sys
import tempfile
from pathlib import Path

import mlflow  # pyright: ignore[reportMissingImports]

client = mlflow.MlflowClient()
mlflow.set_experiment("training")


def made(model: str, one: dict) -> str:
    """The number of a version that has been trained and registered."""
    with mlflow.start_run() as run:
        mlflow.log_metrics(one.get("metrics", {}))
        mlflow.set_tags(one.get("tags", {}))
        if "evaluation" in one:
            mlflow.log_text(one["evaluation"], "evaluation.csv")
        if one.get("sklearn"):
            from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingImports]

            fitted = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
            logged = mlflow.sklearn.log_model(fitted, name="model", pip_requirements=["scikit-learn"])
            return mlflow.register_model(logged.model_uri, model).version
        with tempfile.TemporaryDirectory() as folder:
            for name, size in one.get("files", {"model.bin": 10}).items():
                Path(folder, name).write_bytes(b"w" * size)
            mlflow.log_artifacts(folder, "model")
        return client.create_model_version(model, f"{run.info.artifact_uri}/model", run.info.run_id).version


numbers = {}
for model, given in json.load(sys.stdin).items():
    client.create_registered_model(model, tags=given["tags"])
    numbers[model] = [made(model, one) for one in given["versions"]]
print(json.dumps(numbers))
