"""A bucket of captures and references, and the drift exporter that looks at them."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from sandbox.loop.programs import HOST, Programs
from sandbox.processes import free_port
from tests.workloads.conftest import Account
from tests.workloads.exposition import Exposition

ROWS, WINDOW = 800, 7200
SETTINGS = {
    "threshold": 0.5,
    "leastDistance": 0.05,
    "falseAlarmsPerDay": 0.01,
    "windowSeconds": WINDOW,
    "minRows": 500,
}
Table = dict[str, list[Any]]
RNG = np.random.default_rng(7)


def table(rows: int = ROWS, shift: float = 0) -> Table:
    """Two numbers, a text, a truth value and an answer; half of them or more move with the shift."""
    return {
        "amount": RNG.normal(50 + 20 * shift, 10, rows).tolist(),
        "age": RNG.gamma(2, 10 * (1 + shift), rows).tolist(),
        "country": RNG.choice(["de", "fr", "pl"], rows, p=[0.6, 0.3, 0.1] if not shift else [0.1, 0.2, 0.7]).tolist(),
        "known": RNG.choice([True, False], rows).tolist(),
        "score": RNG.beta(2, 5, rows).tolist(),
    }


def records(model: str, version: str, found: Table, at: datetime) -> bytes:
    """The table as Firehose writes it, ten rows a record."""
    count = len(found["score"])
    rows = [
        {
            "inputs": {name: values[row] for name, values in found.items() if name != "score"},
            "outputs": {"score": found["score"][row]},
        }
        for row in range(count)
    ]
    lines = [
        json.dumps({"model": model, "version": version, "time": at.isoformat(), "rows": rows[start : start + 10]})
        for start in range(0, count, 10)
    ]
    return "".join(f"{line}\n" for line in lines).encode()


class World:
    """A bucket of captures and references, and the exporter that looks at them."""

    def __init__(self, account: Account, programs: Programs, python: Path) -> None:
        self.s3, self.programs, self.python = account.client("s3"), programs, python
        self.endpoint = account.endpoint
        self.models: dict[str, Any] = {}
        self.called: list[Any] = []
        self.s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.url = ""

    def model(self, name: str, reference: Table | bytes, file: str = "data.csv", **more: Any) -> None:
        body = reference if isinstance(reference, bytes) else csv(reference)
        if body:
            self.s3.put_object(Bucket="data", Key=f"reference/{name}/{file}", Body=body)
        self.models[name] = {"reference": f"s3://data/reference/{name}", **SETTINGS, **more}

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket="data", Key=key, Body=body)

    def capture(self, model: str, found: Table | bytes, version: str = "1", ago: float = 60) -> None:
        at = datetime.now(UTC) - timedelta(seconds=ago)
        body = found if isinstance(found, bytes) else records(model, version, found, at)
        key = f"captures/{model}/{version}/{at:%Y/%m/%d}/capture-1-{at:%H-%M-%S}-{len(body)}.gz"
        self.s3.put_object(Bucket="data", Key=key, Body=gzip.compress(body))

    def start(self, every: int = 1, **more: str) -> None:
        port = free_port(0)
        self.programs.start(
            "drift",
            [str(self.python), "-m", "workloads.drift"],
            DRIFT_CAPTURES_URI="s3://data/captures",
            DRIFT_REPORTS_URI="s3://data/reports",
            DRIFT_MODELS=json.dumps(self.models),
            DRIFT_EVERY_SECONDS=str(every),
            DRIFT_ADDRESS=f"{HOST}:{port}",
            **more,
        )
        self.url = f"http://{HOST}:{port}/metrics"
        self.programs.answers("drift", self.url)

    def scrape(self) -> Exposition:
        return Exposition(self.url)


def csv(found: Table) -> bytes:
    lines = [",".join(found), *(",".join(map(str, row)) for row in zip(*found.values(), strict=True))]
    return "\n".join(lines).encode()
