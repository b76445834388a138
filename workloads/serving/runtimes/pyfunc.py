"""Models that MLflow logged, of any flavor with `pyfunc`: a folder with `MLmodel`."""

from mlserver_mlflow import MLflowRuntime  # pyright: ignore[reportMissingImports]

from workloads.serving.watched import Watched


class Runtime(Watched, MLflowRuntime):
    """MLServer's own runtime, watched."""
