"""The program: see `workloads/drift/__init__.py`."""

import logging
import os
import signal
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from prometheus_client import CollectorRegistry, start_http_server  # pyright: ignore[reportMissingImports]

from workloads.drift import captures
from workloads.drift.gauges import NONE, Gauges, Run
from workloads.drift.judge import Verdict, judge
from workloads.drift.models import Model, models

log = logging.getLogger("drift")


def run(s3: Any, captures_uri: str, model: Model, now: datetime) -> Run:
    """Judge every version of a model that has captures in the window; one of none at all has no rows."""
    key, reference = captures.reference(s3, model.reference)
    verdicts: dict[str, Verdict] = {}
    known = captures.versions(s3, captures_uri, model.name)
    for version in known:
        current = captures.window(s3, captures_uri, model.name, version, now - model.window, now)
        if len(current):
            verdicts[version] = judge(current, reference.copy(), model.threshold, model.min_rows)
            log.info("%s %s against %s: %s", model.name, version, key, verdicts[version])
    truth = captures.newest(s3, model.truth) if model.truth else None
    return Run(now.timestamp(), verdicts or {(known or [NONE])[-1]: Verdict(0)}, truth)


def main(environment: Mapping[str, str] = os.environ) -> None:
    """Serve /metrics, and judge every model again and again."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    watched, uri = models(environment["DRIFT_MODELS"]), environment["DRIFT_CAPTURES_URI"].rstrip("/")
    every = float(environment.get("DRIFT_EVERY_SECONDS", "3600"))
    host, _, port = environment.get("DRIFT_ADDRESS", "0.0.0.0:9109").rpartition(":")
    ended, gauges, registry = threading.Event(), Gauges(), CollectorRegistry()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    registry.register(gauges)  # pyright: ignore[reportArgumentType]
    start_http_server(int(port), host, registry)
    s3 = boto3.client("s3")
    while not ended.is_set():
        started = time.monotonic()
        for model in watched:
            try:
                gauges.runs[model.name] = run(s3, uri, model, datetime.now(UTC))
            except Exception:  # the other models are judged all the same; this one grows stale
                log.exception("%s was not judged", model.name)
        ended.wait(max(every - (time.monotonic() - started), 1))


if __name__ == "__main__":
    main()
