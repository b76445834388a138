"""Models of scikit-learn: `model.joblib`, `model.pickle` or `model.pkl`."""

from mlserver_sklearn import SKLearnModel  # pyright: ignore[reportMissingImports]

from workloads.serving.watched import Watched


class Runtime(Watched, SKLearnModel):
    """MLServer's own runtime, watched."""
