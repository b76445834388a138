"""The program: see `workloads/drift/__init__.py`."""

import logging
import os
import signal
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import boto3
from prometheus_client import CollectorRegistry, start_http_server  # pyright: ignore[reportMissingImports]

from workloads.drift.gauges import Gauges
from workloads.drift.models import models
from workloads.drift.watch import Watch

log = logging.getLogger("drift")


def main(environment: Mapping[str, str] = os.environ) -> None:
    """Serve /metrics, and judge every model again and again."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    watched, every = models(environment["DRIFT_MODELS"]), float(environment.get("DRIFT_EVERY_SECONDS", "3600"))
    captures, reports = (environment[name].rstrip("/") for name in ("DRIFT_CAPTURES_URI", "DRIFT_REPORTS_URI"))
    watch = Watch(boto3.client("s3"), captures, reports, every)
    host, _, port = environment.get("DRIFT_ADDRESS", "0.0.0.0:9109").rpartition(":")
    ended, gauges, registry = threading.Event(), Gauges(), CollectorRegistry()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    registry.register(gauges)  # pyright: ignore[reportArgumentType]
    start_http_server(int(port), host, registry)
    while not ended.is_set():
        started = time.monotonic()
        for model in watched:
            try:
                gauges.runs[model.name] = watch.run(model, datetime.now(UTC), gauges.runs.get(model.name, {}))
            except Exception:  # the other models are judged all the same; this one grows stale
                log.exception("%s was not judged", model.name)
        ended.wait(max(every - (time.monotonic() - started), 1))


if __name__ == "__main__":
    main()
