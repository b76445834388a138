"""The model server as a process, as tests start it, ask it and look at what it captured."""

import gzip
import json
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sandbox.loop.data import payments, request
from sandbox.loop.programs import HOST, Programs, ask, model_server
from sandbox.processes import free_ports
from tests.components.conftest import whole
from tests.stacks.test_boundary import Account as Recorded
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import changed, shipped
from tests.workloads.conftest import Account
from tests.workloads.exposition import Exposition

ROWS = 20


class Server(NamedTuple):
    """A model server."""

    model: str
    metrics: str
    programs: Programs

    def infer(self, rows: int = ROWS, **more: Any) -> Any:
        body = {**request(payments(np.random.default_rng(1), rows), "predict_proba"), **more}
        return ask(f"{self.model}/infer", body)

    def values(self, *rows: float) -> list[Any]:
        """What the model predicts for rows of one number each."""
        tensor = {"name": "x", "shape": [len(rows), 1], "datatype": "FP64", "data": list(rows)}
        return ask(f"{self.model}/infer", {"inputs": [tensor]})["outputs"][0]["data"]

    def scrape(self) -> Exposition:
        return Exposition(self.metrics)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        return self.programs.running["model-server"]

    @property
    def log(self) -> str:
        return (self.programs.folder / "model-server.log").read_text()

    def end(self) -> int:
        """Have it end as Kubernetes does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextmanager
def serving(programs: Callable[[], Programs], python: Path, folder: Path, **variables: str) -> Iterator[Server]:
    port, metrics = free_ports(2)
    names = {"MLSERVER_MODEL_NAME": "fraud", "MLSERVER_MODEL_VERSION": "3"} | variables
    with programs() as place:
        model = model_server(place, python, port, metrics, **names | {"MLSERVER_MODEL_URI": str(folder)})
        place.answers("model-server", f"{model}/ready")
        yield Server(model, f"http://{HOST}:{metrics}/metrics", place)


def variables(services: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Service to what its server's container gets, if dev has services with these settings; without values of AWS."""
    dev = shipped("dev")
    fraud = {**dev["services"]["fraud"], "rollout": {"mode": "direct"}}
    values = changed(dev, **{"secrets__names__capture-key": "Key of captured columns"})
    values["services"] |= {name: {**fraud, **settings} for name, settings in services.items()}
    values["capture"]["samplingPercent"] |= dict.fromkeys(services, 100)
    found = wired(values, None, Recorded())
    return {name: _given(whole(found.inputs("Rollout", f"model-{name}-rollout"))) for name in services}


def _given(rollout: dict[str, Any]) -> dict[str, str]:
    (server,) = rollout["spec"]["template"]["spec"]["containers"]
    assert server["command"] == ["python", "-m", "workloads.serving", "/mnt/models"]
    return {one["name"]: one["value"] for one in server["env"] if one["name"] not in OURS}


OURS = (
    "MLSERVER_HTTP_PORT",
    "MLSERVER_METRICS_PORT",
    "MLSERVER_METRICS_DIR",
    "MLSERVER_MODEL_URI",
    "HOME",
    "CAPTURE_STREAM",
    "CAPTURE_SAMPLING_PARAMETER",
    "CAPTURE_KEY_SECRET",
)
"""Variables that have another value in a test: those of the machine, and of resources in AWS."""


def captured(account: Account) -> list[dict[str, Any]]:
    s3 = account.client("s3")
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="captures").get("Contents", [])]
    bodies = [gzip.decompress(s3.get_object(Bucket="captures", Key=key)["Body"].read()) for key in keys]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


@contextmanager
def silent() -> Iterator[str]:
    """An address that takes connections and answers nothing."""
    with socket.create_server((HOST, 0)) as held:
        kept: list[socket.socket] = []

        def take() -> None:
            while True:
                try:
                    kept.append(held.accept()[0])
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield f"http://{HOST}:{held.getsockname()[1]}"
        for one in kept:
            one.close()
