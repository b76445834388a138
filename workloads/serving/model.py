"""The runtime classes of MLServer that the platform serves models with, each watched."""

from mlserver_sklearn import SKLearnModel  # pyright: ignore[reportMissingImports]

from workloads.serving.watched import Watched


class CapturedModel(Watched, SKLearnModel):
    """A scikit-learn model: `model.joblib`, `model.pickle` or `model.pkl`."""
