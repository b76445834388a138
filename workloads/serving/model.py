"""The runtime class: MLServer's own for scikit-learn, with capture and meters beside it."""

import logging
import math
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import numpy as np  # pyright: ignore[reportMissingImports]
from botocore.config import Config
from mlserver.codecs import NumpyCodec, NumpyRequestCodec  # pyright: ignore[reportMissingImports]
from mlserver.types import InferenceRequest, InferenceResponse  # pyright: ignore[reportMissingImports]
from mlserver_sklearn import SKLearnModel  # pyright: ignore[reportMissingImports]
from prometheus_client import REGISTRY  # pyright: ignore[reportMissingImports]

from workloads.serving.capture import Capture
from workloads.serving.meters import Meters

log = logging.getLogger("serving")

OUTPUTS = 20
"""Columns of an output that are told apart; a label for each of a thousand classes would flood Prometheus."""


@cache
def client(service: str) -> Any:
    """A client that gives up soon, as something else always waits for it."""
    return boto3.client(service, config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}))


class CapturedModel(SKLearnModel):
    """Serves a model from a folder, and never fails or delays a request for the sake of watching it."""

    _capture: Capture | None = None

    async def load(self) -> bool:
        """Load the model, and begin to capture if the environment names a stream.

        Raises:
            ValueError: What is captured could not be told apart by model and version.
        """
        # The default registry: without workers MLServer serves that one, and not its own.
        self._meters = Meters(REGISTRY)
        if stream := os.environ.get("CAPTURE_STREAM"):
            needed = {
                "MLSERVER_MODEL_NAME": self.name,
                "MLSERVER_MODEL_VERSION": self.version,
                "CAPTURE_SAMPLING_PARAMETER": os.environ.get("CAPTURE_SAMPLING_PARAMETER"),
            }
            if missing := [name for name, value in needed.items() if not value]:
                raise ValueError(f"CAPTURE_STREAM = {stream!r} needs {', '.join(missing)} too: set it")
        done = await super().load()
        if stream and done:
            self._capture = Capture(
                self.name,
                stream,
                os.environ["CAPTURE_SAMPLING_PARAMETER"],
                client,
                self._meters.captured.inc,
                lambda reason, count: self._meters.dropped.labels(reason).inc(count),
                int(os.environ.get("CAPTURE_QUEUE", "1000")),
                float(os.environ.get("CAPTURE_REFRESH_SECONDS", "60")),
            )
        return done

    async def unload(self) -> bool:
        """Send what has been captured."""
        if self._capture:
            self._capture.close()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer, then look at the answer."""
        answer = await super().predict(payload)
        try:
            outputs = self._outputs(answer)
            self._meters.observe(outputs)
            if self._capture:
                now = datetime.now(UTC)
                self._capture.offer(lambda: self._record(payload, answer, outputs, now))
        except Exception:
            log.exception("an answer was given, but not measured")
        return answer

    def _outputs(self, answer: InferenceResponse) -> dict[str, list[Any]]:
        """Values by output, one a row; of two classes the second, which is the one that is looked for."""
        found: dict[str, list[Any]] = {}
        for output in answer.outputs:
            values = np.asarray(self.decode(output, default_codec=NumpyCodec))
            table = values.reshape(len(values), -1)
            width = table.shape[1]
            if width <= 2:
                found[output.name] = table[:, -1].tolist()
            else:
                found |= {f"{output.name}_{number}": table[:, number].tolist() for number in range(min(width, OUTPUTS))}
        return found

    def _record(
        self, payload: InferenceRequest, answer: InferenceResponse, outputs: dict[str, list[Any]], now: datetime
    ) -> dict[str, Any]:
        """What InferenceCapture keeps of a request; `rows` has its inputs and outputs, a row each."""
        inputs = dict(self._inputs(payload))
        rows = len(next(iter(outputs.values())))
        return {
            "model": self.name,
            "version": self.version,
            "id": payload.id or answer.id,
            "time": now.isoformat(timespec="milliseconds"),
            "rows": [
                {
                    "inputs": {name: _plain(values[row]) for name, values in inputs.items()},
                    "outputs": {name: _plain(values[row]) for name, values in outputs.items()},
                }
                for row in range(rows)
            ],
        }

    def _inputs(self, payload: InferenceRequest) -> Iterator[tuple[str, list[Any]]]:
        given = self.decode_request(payload, default_codec=NumpyRequestCodec)
        if hasattr(given, "columns"):
            yield from ((str(name), given[name].tolist()) for name in given.columns)
            return
        table = np.asarray(given).reshape(len(given), -1)
        names = list(getattr(self._model, "feature_names_in_", ()))
        if len(names) != table.shape[1]:
            names = [f"feature_{number}" for number in range(table.shape[1])]
        yield from ((str(name), table[:, number].tolist()) for number, name in enumerate(names))


def _plain(value: Any) -> Any:
    """A value as JSON has it: what is not a number is none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
