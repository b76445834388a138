"""Says when a training job's last checkpoint was complete, for whoever watches that it goes on writing them.

In a training program::

    clock = CheckpointClock()
    for step in steps:
        ...
        if step % 500 == 0:
            save(model)
            clock.saved()

Of several workers the one that writes has the clock. Prometheus finds the pod by its label `ml-platform/checkpoints`
and its port `checkpoints`; the alert is CheckpointOld.
"""

import os
from types import TracebackType

from prometheus_client import CollectorRegistry, Gauge, start_http_server  # pyright: ignore[reportMissingImports]

METRIC = "ml_platform_checkpoint_last_timestamp_seconds"
PORT = 9107
"""Port of the metrics where the program says no other."""


class CheckpointClock:
    """The time of the last checkpoint, as a metric; it begins with the start, from which work can be lost too."""

    def __init__(self, job_name: str | None = None, port: int = PORT, address: str = "0.0.0.0") -> None:
        """Begin to serve.

        Args:
            job_name: Name of the Job. Default: the variable JOB_NAME, which a pod has by the downward API from its
                label `batch.kubernetes.io/job-name`.
            port: Port of the metrics; 0 takes a free one, see `port`.
            address: Address to serve on.

        Raises:
            ValueError: The job has no name.
            OSError: The port is taken.
        """
        name = job_name or os.environ.get("JOB_NAME")
        if not name:
            raise ValueError("job_name = None: the job has no name: give it, or set JOB_NAME in the pod")
        registry = CollectorRegistry()
        gauge = Gauge(METRIC, "when the last checkpoint was complete, Unix seconds", ("job_name",), registry=registry)
        self._last = gauge.labels(name)
        self._server, self._thread = start_http_server(port, address, registry)
        self.port: int = self._server.server_port
        self.saved()

    def saved(self) -> None:
        """A checkpoint is complete: it was written and can be read."""
        self._last.set_to_current_time()

    def close(self) -> None:
        """Serve no longer; the end of the program does as well."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> "CheckpointClock":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
