"""Models of LightGBM: `model.bst`."""

from mlserver_lightgbm import LightGBMModel  # pyright: ignore[reportMissingImports]

from workloads.serving.watched import Watched


class Runtime(Watched, LightGBMModel):
    """MLServer's own runtime, watched."""
