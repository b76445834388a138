"""The platform's programs as processes, on the packages that they run with, and an emulated account for them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest

from sandbox import pythons
from sandbox.loop.programs import HOST, Programs, ask, wait_for
from sandbox.place import CREDENTIALS
from sandbox.processes import free_port
from tests.sandbox.test_firehose import CAPTURE

REGION = "eu-central-1"


class Account(NamedTuple):
    """An emulated account."""

    endpoint: str

    def client(self, service: str) -> Any:
        session = boto3.Session(*CREDENTIALS.values(), region_name=REGION)
        return session.client(service, endpoint_url=self.endpoint)  # pyright: ignore[reportCallIssue, reportArgumentType]


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter of the platform's programs."""
    return pythons.ensure("workloads")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    port, log = free_port(0), tmp_path_factory.mktemp("account") / "log"
    command = [sys.executable, "-m", "sandbox.moto_server", "-H", HOST, "-p", str(port)]
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **CREDENTIALS})
    found = Account(f"http://{HOST}:{port}")

    def answers() -> bool:
        try:
            return bool(ask(f"{found.endpoint}/moto-api/data.json"))
        except OSError:
            return False

    try:
        wait_for("the account answers", answers, 30, log.parent)
        yield found
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def programs(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Programs]:
    """Makes a place for programs of the platform that see the account."""
    return lambda: Programs(tmp_path_factory.mktemp("programs"), account.endpoint, REGION)


def soon(what: str, probe: Any, seconds: float = 60) -> Any:
    """The first answer of a probe that says something."""
    return wait_for(what, probe, seconds, Path(f"{time.strftime('%X')}: no logs"))


@pytest.fixture(scope="module")
def folder(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trained model."""
    made = tmp_path_factory.mktemp("model")
    subprocess.run([str(python), "-m", "sandbox.loop.train", str(made)], check=True)
    return made / "model"


@pytest.fixture(scope="module")
def stream(account: Account) -> dict[str, str]:
    """A stream like InferenceCapture's, half of whose parameter is about another model."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="captures", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="captures", VersioningConfiguration={"Status": "Enabled"})
    destination = {"BucketARN": "arn:aws:s3:::captures", "RoleARN": "arn:aws:iam::123456789012:role/r", **CAPTURE}
    account.client("firehose").create_delivery_stream(
        DeliveryStreamName="capture", ExtendedS3DestinationConfiguration=destination
    )
    value = json.dumps({"fraud": 100, "churn": 0})
    account.client("ssm").put_parameter(Name="sampling", Type="String", Value=value)
    return {"CAPTURE_STREAM": "capture", "CAPTURE_SAMPLING_PARAMETER": "sampling", "CAPTURE_REFRESH_SECONDS": "0"}
