"""What a model server says of its predictions, besides what MLServer says of its requests."""

from typing import Any

from prometheus_client import Counter, Histogram  # pyright: ignore[reportMissingImports]

BUCKETS = tuple(round(0.1 * step, 1) for step in range(1, 11))
"""Bounds of the prediction values: probabilities, a tenth each."""


class Meters:
    """The metrics of one model, made when it is loaded: several processes of MLServer share them only from then on."""

    def __init__(self, registry: Any) -> None:
        """Make the metrics, or find them if a model was loaded here before."""

        def made(kind: Any, name: str, text: str, *labels: str, **more: Any) -> Any:
            # A counter is known by its name with and without `_total`.
            known = getattr(registry, "_names_to_collectors", {}).get(name)
            return known or kind(name, text, labels, registry=registry, **more)

        self.values = made(Histogram, "ml_platform_prediction_value", "Values answered", "output", buckets=BUCKETS)
        self.captured = made(Counter, "ml_platform_predictions_captured_total", "Requests that the stream took")
        self.dropped = made(
            Counter, "ml_platform_predictions_dropped_total", "Requests chosen for capture, and not captured", "reason"
        )

    def observe(self, answer: dict[str, list[Any]]) -> None:
        """Count the values of an answer that are numbers."""
        for output, values in answer.items():
            meter = self.values.labels(output)
            for value in values:
                if isinstance(value, int | float):
                    meter.observe(value)
