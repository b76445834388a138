"""Real programs for the tests of the registry: MLflow with authentication, PostgreSQL, and moto's S3."""

import base64
import json
import os
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError

from moto.server import ThreadedMotoServer

from components import _mlflow as mlflow
from sandbox import pythons
from sandbox.processes import end, free_port

ROOT = Path(__file__).parents[2]
PASSWORD = secrets.token_urlsafe(18)
BUCKET, PREFIX, REGION = "artifacts", "models", "eu-central-1"
SETUP = mlflow.Setup("r/workloads@sha256:" + "a" * 64, 1, REGION, BUCKET, PREFIX, "127.0.0.1", "mlflow", metrics=True)
SECONDS = 240


class Place:
    """Where the programs are, and how they are called."""

    def __init__(self, folder: Path, s3: str) -> None:
        self.folder, self.port = folder, free_port(0)
        self.uri = f"http://127.0.0.1:{self.port}"
        self.python = pythons.ensure("workloads")
        self.client = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLFLOW_", "PG"))},
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_DEFAULT_REGION": REGION,
            "MLFLOW_S3_ENDPOINT_URL": s3,
            "MLFLOW_TRACKING_URI": self.uri,
            "MLFLOW_TRACKING_USERNAME": "admin",
            "MLFLOW_TRACKING_PASSWORD": PASSWORD,
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }

    def run(self, *arguments: str, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """A program of the platform, in the workloads' Python."""
        variables = {**self.client, **more}
        command = [str(self.python), *arguments]
        return subprocess.run(
            command, input=given, env=variables, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS
        )

    def get(
        self, path: str, user: str | None = "admin", password: str = PASSWORD, host: str = "", body: Any = None
    ) -> tuple[int, str]:
        """Status and text of an answer; a body is posted."""
        headers = {"Host": host} if host else {}
        if user:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.uri + path, data, {**headers, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    @contextmanager
    def server(self, ini: str, *more: str, **variables: str) -> Iterator[None]:
        """MLflow with the arguments that chart and component give it, and then those given here."""
        (self.folder / "basic_auth.ini").write_text(ini)
        given = {**mlflow.arguments(SETUP), "exposePrometheus": str(self.folder / "metrics"), "workers": "1"}
        command = [str(self.python), "-m", "mlflow", "server", "--host=127.0.0.1", f"--port={self.port}"]
        command += ["--backend-store-uri=sqlite:///:memory:", f"--default-artifact-root=s3://{BUCKET}/{PREFIX}"]
        command += [f"--{_kebab(key)}={value}" for key, value in given.items()] + ["--no-serve-artifacts", *more]
        environment = {
            **self.client,
            **variables,
            "MLFLOW_AUTH_CONFIG_PATH": str(self.folder / "basic_auth.ini"),
            mlflow.USER_KEY: "admin",
            mlflow.PASSWORD_KEY: PASSWORD,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(),
            **mlflow.SWITCHES,
            "MLFLOW_SERVER_ALLOWED_HOSTS": f"mlflow.mlflow.svc,127.0.0.1:{self.port}",
        }
        log = self.folder / "server.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                command, env=environment, cwd=self.folder, stdout=out, stderr=out, start_new_session=True
            )
        try:
            self._wait(process, log)
            yield
        finally:
            end(process.pid, 20)
            process.wait()
            with_children(process.pid)

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            assert process.poll() is None, log.read_text()[-3000:]
            try:
                if self.get("/health", user=None)[0] == 200:
                    return
            except (URLError, OSError):
                time.sleep(0.3)
        raise AssertionError(log.read_text()[-3000:])


def with_children(group: int) -> None:
    """End what a program of ours has left behind in its own session."""
    try:
        os.killpg(group, 9)
    except ProcessLookupError:
        return


@contextmanager
def s3() -> Iterator[str]:
    """Moto's S3 with the bucket of the artifacts."""
    server = ThreadedMotoServer("127.0.0.1", free_port(0), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _kebab(text: str) -> str:
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in text)
