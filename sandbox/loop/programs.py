"""The programs of the loop as processes on the loopback interface, each with a log, all ended together."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.place import CREDENTIALS, LOOPBACK

HOST = LOOPBACK[0]
START_SECONDS = 60
ROOT = Path(__file__).parents[2]


class LoopError(Exception):
    """A program of the loop does not do what it should; the text names its log."""


class Programs:
    """Starts programs that see the emulated account and nothing else of AWS; a context manager that ends them."""

    def __init__(self, folder: Path, endpoint: str, region: str) -> None:
        """Keep logs and data of programs in `folder`; `endpoint` is the account's address."""
        self.folder, self.running = folder, dict[str, subprocess.Popen[bytes]]()
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_", "MLSERVER_"))},
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DEFAULT_REGION": region,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "",
        }

    def __enter__(self) -> "Programs":
        return self

    def __exit__(self, *_: object) -> None:
        for name in [*self.running]:
            self.stop(name)

    def start(self, name: str, command: list[str], **variables: str) -> None:
        """Start a program, and do not wait for it; one of the name must have ended."""
        assert name not in self.running or self.running[name].poll() is not None, name
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.environment, **variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def stop(self, name: str) -> None:
        """End one program, and kill it if it does not."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def answers(self, name: str, url: str) -> None:
        """Wait until a program answers at a URL.

        Raises:
            LoopError: It ended, or took too long.
        """
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return urllib.request.urlopen(url, timeout=2).close()
            except OSError as error:
                log = self.folder / f"{name}.log"
                if (code := self.running[name].poll()) is not None:
                    last = log.read_text(errors="replace")[-800:]
                    raise LoopError(f"{name} ended with {code}; its log {log} says:\n{last}") from None
                if time.monotonic() > deadline:
                    raise LoopError(f"{name} does not answer at {url}: {error}; its log is {log}") from None
                time.sleep(0.1)


def model_server(programs: Programs, python: Path, port: int, metrics: int, **variables: str) -> str:
    """Start MLServer as the platform runs it; the address of its model, once it answers."""
    ours = {
        "MLSERVER_DEBUG": "false",
        "MLSERVER_PARALLEL_WORKERS": "0",
        "MLSERVER_MODEL_IMPLEMENTATION": "workloads.serving.runtimes.sklearn.Runtime",
        **variables,
        "MLSERVER_HOST": HOST,
        "MLSERVER_HTTP_PORT": str(port),
        "MLSERVER_METRICS_PORT": str(metrics),
    }
    programs.start("model-server", [str(python), "-m", "workloads.serving", variables["MLSERVER_MODEL_URI"]], **ours)
    return f"http://{HOST}:{port}/v2/models/{variables['MLSERVER_MODEL_NAME']}"


def prometheus(
    programs: Programs, program: Path, port: int, jobs: Mapping[str, Any], groups: list[Any], alertmanager: str = ""
) -> str:
    """Start Prometheus, which looks once a second; its address.

    Args:
        programs: Where it runs.
        program: The executable.
        port: Its port.
        jobs: Name to what else a scrape configuration has.
        groups: Groups of rules.
        alertmanager: Host and port of the Alertmanager that gets the alerts. Default: none.
    """
    scrapes = [{"job_name": name, **more} for name, more in jobs.items()]
    every = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    (programs.folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    document: dict[str, Any] = {"global": every, "rule_files": ["rules.yaml"], "scrape_configs": scrapes}
    if alertmanager:
        document["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
    (programs.folder / "prometheus.yaml").write_text(yaml.safe_dump(document))
    address = f"{HOST}:{port}"
    flags = ["--config.file=prometheus.yaml", "--storage.tsdb.path=series", f"--web.listen-address={address}"]
    programs.start("prometheus", [str(program), *flags])
    return f"http://{address}"


def ask(url: str, body: Any = None) -> Any:
    """JSON of an address, of a request with a body if one is given."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text[:1] in (b"{", b"[") else text.decode()


def query(address: str, expression: str) -> dict[str, float]:
    """Answer of Prometheus to an instant query: the label `version` to the value."""
    found = ask(f"{address}/api/v1/query?{urllib.parse.urlencode({'query': expression})}")["data"]["result"]
    return {one["metric"].get("version", ""): float(one["value"][1]) for one in found}


def wait_for(what: str, probe: Callable[[], Any], seconds: float, folder: Path) -> Any:
    """The first answer of a probe that says something.

    Raises:
        LoopError: There was none in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := probe():
            return found
        time.sleep(0.25)
    raise LoopError(f"not within {seconds:.0f} s: {what}; logs are in {folder}")
