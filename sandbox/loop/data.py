"""Card payments that a model of fraud is asked about, as they used to be and as they have become."""

from typing import Any

import numpy as np

FEATURES = ("amount", "account_age_days", "distance_km", "payments_last_hour")


def payments(rng: np.random.Generator, count: int, drifted: bool = False) -> dict[str, np.ndarray]:
    """As many payments; drifted ones are dearer, further away and from younger accounts."""
    more, less = (1.8, 0.4) if drifted else (1.0, 1.0)
    return {
        "amount": rng.lognormal(3.5 + (0.8 if drifted else 0.0), 0.7, count),
        "account_age_days": rng.gamma(2.0, 300.0 * less, count),
        "distance_km": rng.exponential(20.0 * more, count),
        "payments_last_hour": rng.poisson(1.5, count).astype(float),
    }


def request(rows: dict[str, np.ndarray], output: str) -> dict[str, Any]:
    """The payments as a request of the Open Inference Protocol, a tensor each column."""
    tensors = [
        {"name": name, "shape": [len(rows[name])], "datatype": "FP64", "data": rows[name].tolist()} for name in FEATURES
    ]
    return {"parameters": {"content_type": "pd"}, "inputs": tensors, "outputs": [{"name": output}]}
