"""Models of XGBoost: `model.json`, `model.ubj` or `model.bst`."""

from mlserver_xgboost import XGBoostModel  # pyright: ignore[reportMissingImports]

from workloads.serving.watched import Watched


class Runtime(Watched, XGBoostModel):
    """MLServer's own runtime, watched."""
