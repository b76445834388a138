"""Trains versions of a model with MLflow's own client; read by the workloads' Python, told what on standard input.

Each version is a mapping: `metrics`, `tags`, `files` (name to bytes), `sklearn` (log a real one). Prints the numbers of
the versions.
"""

import json
import sys
import tempfile
from pathlib import Path

import mlflow  # pyright: ignore[reportMissingImports]

given = json.load(sys.stdin)
client = mlflow.MlflowClient()
if not client.search_registered_models(f"name = '{given['model']}'"):
    client.create_registered_model(given["model"], tags=given.get("tags", {}))
mlflow.set_experiment("training")
numbers = []
for one in given["versions"]:
    with mlflow.start_run() as run:
        mlflow.log_metrics(one.get("metrics", {}))
        mlflow.set_tags(one.get("tags", {}))
        if one.get("sklearn"):
            from sklearn.linear_model import LogisticRegression  # pyright: ignore[reportMissingImports]

            model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
            logged = mlflow.sklearn.log_model(model, name="model", pip_requirements=["scikit-learn"])
            made = mlflow.register_model(logged.model_uri, given["model"])
        else:
            with tempfile.TemporaryDirectory() as folder:
                for name, size in one.get("files", {"model.bin": 10}).items():
                    Path(folder, name).write_bytes(b"w" * size)
                mlflow.log_artifacts(folder, "model")
            made = client.create_model_version(given["model"], f"{run.info.artifact_uri}/model", run.info.run_id)
        numbers.append(made.version)
print(json.dumps(numbers))
