"""What the platform adds to a runtime of MLServer: threads, bounds, a first request, meters and captures."""

import asyncio
import contextvars
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from mlserver.errors import MLServerError  # pyright: ignore[reportMissingImports]
from mlserver.model import MLModel  # pyright: ignore[reportMissingImports]
from mlserver.types import InferenceRequest, InferenceResponse  # pyright: ignore[reportMissingImports]
from mlserver.utils import get_model_uri  # pyright: ignore[reportMissingImports]
from prometheus_client import REGISTRY  # pyright: ignore[reportMissingImports]

from workloads.serving import tensors
from workloads.serving.capture import Capture
from workloads.serving.columns import Columns
from workloads.serving.environment import Captures, Serving
from workloads.serving.meters import Meters

log = logging.getLogger("serving")

Predict = Callable[[InferenceRequest], Awaitable[InferenceResponse]]
_LOCAL = threading.local()


@cache
def client(service: str) -> Any:
    """A client that gives up soon, as something else always waits for it."""
    return boto3.client(service, config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2}))


def key(secret: str) -> bytes:
    """The value of a secret."""
    return client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"].encode()


class Watched(MLModel):
    """Comes before a runtime of MLServer in the bases of a class, and never fails or delays a request to watch it."""

    _capture: Capture | None = None
    _busy = 0

    async def load(self) -> bool:
        """Load the model, have it answer the first request, and begin to capture if the environment names a stream.

        Raises:
            ValueError: CAPTURE_STREAM is set, but the name, the version or the sampling parameter is missing.
        """
        # The default registry: without workers MLServer serves that one, and not its own.
        self._meters, self._serving, captures = Meters(REGISTRY), Serving(), Captures()
        if captures.stream:
            needed = {
                "MLSERVER_MODEL_NAME": self.name,
                "MLSERVER_MODEL_VERSION": self.version,
                "CAPTURE_SAMPLING_PARAMETER": captures.sampling_parameter,
            }
            if missing := [name for name, value in needed.items() if not value]:
                raise ValueError(f"CAPTURE_STREAM = {captures.stream!r} needs {', '.join(missing)} too: set it")
        self._threads = ThreadPoolExecutor(self._serving.predictions, "predict", _begin)
        done = await super().load()
        if done and self._serving.warm_up:
            folder = Path(await get_model_uri(self.settings))
            first = (folder / self._serving.warm_up).read_bytes()
            await Watched.predict(self, InferenceRequest.model_validate_json(first))
        if done and captures.stream:
            self._capture = self._capturing(captures, captures.stream)
        # MLServer may have put its batcher in the place of `predict`; each request is watched, not each batch.
        self._batched = "predict" in vars(self)
        self.predict = partial(self._watched, self.predict)
        return done

    def _capturing(self, captures: Captures, stream: str) -> Capture:
        self._columns = Columns(
            allowed=captures.columns,
            hashed=captures.hashed,
            masked=captures.masked,
            key=cache(lambda: key(captures.key_secret or "")),
        )
        return Capture(
            self.name,
            stream,
            captures.sampling_parameter or "",
            client,
            self._meters.captured.inc,
            lambda reason, count: self._meters.dropped.labels(reason).inc(count),
            captures.queue_bytes,
            captures.refresh_seconds,
        )

    async def unload(self) -> bool:
        """Send what has been captured."""
        if self._capture:
            self._capture.close(self._serving.flush_seconds)
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Compute an answer in a thread, so that health and metrics are answered meanwhile."""
        context = contextvars.copy_context()

        def compute() -> InferenceResponse:
            return context.run(self._computed, payload)

        return await asyncio.get_running_loop().run_in_executor(self._threads, compute)

    def _computed(self, payload: InferenceRequest) -> InferenceResponse:
        # `predict` of a runtime is a coroutine that waits for nothing.
        return _LOCAL.loop.run_until_complete(super().predict(tensors.with_missing(payload)))

    async def _watched(self, predict: Predict, payload: InferenceRequest) -> InferenceResponse:
        """Answer within the bounds, then look at the answer."""
        answer = await self._bounded(predict, payload)
        try:
            outputs = tensors.outputs(answer)
            self._meters.observe(outputs)
            if self._capture and self._capture.samples():
                now, size = datetime.now(UTC), tensors.size([*payload.inputs, *answer.outputs])
                self._capture.offer(lambda: self._record(payload, answer, outputs, now), size)
        except Exception:  # the request has its answer, whatever its form does to meters and captures
            log.exception("an answer was given, but not measured")
        return answer

    async def _bounded(self, predict: Predict, payload: InferenceRequest) -> InferenceResponse:
        most, seconds = self._serving.requests, self._serving.request_seconds
        if most is not None and self._busy >= most:
            raise MLServerError(f"{self.name} has {most} requests, the most it accepts: ask again later", 503)
        self._busy += 1
        try:
            task = asyncio.ensure_future(predict(payload))
            await asyncio.wait({task}, timeout=seconds)
            if task.done():
                return task.result()
            # What still waits for a thread never runs. A batch is also others' requests.
            if not self._batched:
                task.cancel()
            raise MLServerError(f"{self.name} has not answered within {seconds:g} s", 504)
        finally:
            self._busy -= 1

    def _record(
        self, payload: InferenceRequest, answer: InferenceResponse, outputs: dict[str, list[Any]], now: datetime
    ) -> dict[str, Any]:
        """What InferenceCapture keeps of a request; `rows` has its inputs and outputs, a row each."""
        features = list(getattr(getattr(self, "_model", None), "feature_names_in_", ()))
        inputs = self._columns.kept(tensors.inputs(payload, features))
        rows = len(next(iter(outputs.values())))
        return {
            "model": self.name,
            "version": self.version,
            "id": payload.id or answer.id,
            "time": now.isoformat(timespec="milliseconds"),
            "rows": [
                {
                    "inputs": {name: values[row] for name, values in inputs.items()},
                    "outputs": {name: values[row] for name, values in outputs.items()},
                }
                for row in range(rows)
            ],
        }


def _begin() -> None:
    _LOCAL.loop = asyncio.new_event_loop()
