"""`mlp up` on an account whose S3 is emulated, by the real engine: the bucket, plain Pulumi beside it, and crashes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from mlp.fetch import fetch
from mlp.session import ENGINE_TOOLS
from mlp.state_bucket import HISTORY, STACKS, locks_of
from sandbox.processes import alive
from tests.sandbox.conftest import until

pytestmark = pytest.mark.sandbox
ROOT = Path(__file__).parents[2]
BUCKET, KEY = "states", f"{STACKS}/dev.json"
STEPS = 12
PROGRAM = """
import asyncio, os, pulumi

async def work():
    for number in range({steps}):
        one = pulumi.ComponentResource("test:index:One", f"one-{{number}}")
        await one.urn.future()  # the engine has made it and saved that
        with open(os.environ["MADE"], "a") as made:
            print(number, file=made)
        await asyncio.sleep(float(os.environ.get("PAUSE", "0")))

pulumi.export("done", pulumi.Output.from_input(work()))
"""
MLP = """
import os, signal, sys
from pathlib import Path
from mlp import state_sync
from mlp.engine import Engine
from mlp.state_bucket import StateBucket
from mlp.state_copy import StateCopy
from tests.sandbox.test_state_copy import client

signal.signal(signal.SIGTERM, signal.default_int_handler)  # as the command line does
state_sync.SECONDS = float(os.environ.get("SECONDS_BETWEEN", "0.3"))
copy = StateCopy(StateBucket(client(os.environ["ENDPOINT"]), "states", "123456789012", "dev"), Path(os.environ["COPY"]))
engine = Engine(copy.variables, Path.cwd())
with state_sync.changing(copy, "pulumi cancel --yes --stack dev", lambda text: print(text, flush=True)):
    engine.call("stack", "select", "dev", "--create", "--secrets-provider", "passphrase")
    done = engine.run("up", "--yes", "--skip-preview", "--stack", "dev")
    sys.exit(0 if done.ok else "\\n".join(done.errors))
"""


def client(endpoint: str) -> Any:
    session = boto3.Session("us", "us", region_name="eu-central-1")
    return session.client("s3", endpoint_url=endpoint)


class Account:
    """A project whose state lies in an emulated bucket, `mlp`'s change of it, and plain Pulumi on the same bucket."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder, self.s3 = folder, client(endpoint)
        (folder / "Pulumi.yaml").write_text("name: ml-platform\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM.format(steps=STEPS))
        url = f"s3://{BUCKET}?region=eu-central-1&awssdk=v2&endpoint={endpoint}&s3ForcePathStyle=true"
        tools = [str(Path(sys.executable).parent), *map(str, fetch(ENGINE_TOOLS).path), os.environ["PATH"]]
        self.variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))},
            "PATH": os.pathsep.join(tools),
            "PWD": str(folder),
            "PYTHONPATH": str(ROOT),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": url,
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "AWS_ACCESS_KEY_ID": "us",
            "AWS_SECRET_ACCESS_KEY": "us",
            "ENDPOINT": endpoint,
            "COPY": str(folder / "copy"),
            "MADE": str(folder / "made"),
        }

    def start(self, **variables: str) -> subprocess.Popen[str]:
        pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-c", MLP]
        return subprocess.Popen(command, cwd=self.folder, env={**self.variables, **variables}, text=True, **pipes)

    def change(self, code: int = 0, **variables: str) -> str:
        process = self.start(**variables)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, out + err
        return out + err

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--non-interactive"]
        return subprocess.run(command, cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=120)

    @property
    def uploaded(self) -> set[str]:
        """Names of the components in the bucket's state."""
        try:
            body = self.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return set()
        resources = json.loads(body)["checkpoint"]["latest"].get("resources", ())
        return {one["urn"].rpartition("::")[2] for one in resources if one["type"] == "test:index:One"}

    @property
    def made(self) -> int:
        file = Path(self.variables["MADE"])
        return len(file.read_text().splitlines()) if file.exists() else 0

    @property
    def engine(self) -> int:
        """Process id of the engine that changes the copy."""
        (lock,) = (Path(self.variables["COPY"]) / locks_of("dev")).glob("*.json")
        return json.loads(lock.read_text())["pid"]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def account(endpoint: str, tmp_path: Path) -> Iterator[Account]:
    made = Account(tmp_path, endpoint)
    made.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield made
    for one in made.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        made.s3.delete_object(Bucket=BUCKET, Key=one["Key"])
    made.s3.delete_bucket(Bucket=BUCKET)


ALL = {f"one-{number}" for number in range(STEPS)}


def test_plain_pulumi_and_mlp_change_the_same_stack_in_turn(account: Account) -> None:
    account.change()
    assert account.uploaded == ALL
    done = account.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "13 unchanged" in done.stdout
    (account.folder / "__main__.py").write_text(PROGRAM.format(steps=2))
    account.change()
    assert account.uploaded == {"one-0", "one-1"}
    history = json.loads(account.pulumi("stack", "history", "--json", "--stack", "dev").stdout)
    assert [one["result"] for one in history] == ["succeeded"] * 3
    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix=HISTORY)["KeyCount"] == 6


def test_plain_pulumi_refuses_while_mlp_changes_the_stack(account: Account) -> None:
    account.change()
    (account.folder / "__main__.py").write_text(PROGRAM.format(steps=STEPS + 1))
    changing = account.start(PAUSE="0.5")
    until(lambda: account.made > STEPS)
    refused = account.pulumi("up", "--yes", "--skip-preview", "--stack", "dev")
    assert refused.returncode != 0
    assert "the stack is currently locked by 1 lock(s)" in refused.stdout + refused.stderr
    assert f"pid {changing.pid}" in refused.stdout + refused.stderr
    assert changing.communicate(timeout=60)[0] == ""
    assert changing.returncode == 0
    assert account.pulumi("up", "--yes", "--skip-preview", "--stack", "dev").returncode == 0


def test_a_killed_engine_loses_nothing(account: Account) -> None:
    changing = account.start(PAUSE="0.15")
    until(lambda: account.made >= 5)
    os.kill(account.engine, signal.SIGKILL)
    changing.communicate(timeout=60)
    assert len(account.uploaded) >= 5
    account.change()
    assert account.uploaded == ALL


@pytest.mark.parametrize("after", [1, STEPS])
def test_a_killed_machine_loses_nothing_that_its_folder_keeps(account: Account, after: int) -> None:
    changing = account.start(PAUSE="0.15", SECONDS_BETWEEN="60")
    until(lambda: account.made >= after)
    for process in (changing.pid, account.engine):
        os.kill(process, signal.SIGKILL)
    changing.communicate(timeout=60)
    assert account.uploaded == set()
    refused = account.change(code=1, COPY=str(account.folder / "elsewhere"))
    assert "dev is locked by" in refused
    assert "pulumi cancel --yes --stack dev" in refused
    assert "the bucket lacks the last change made on this machine; uploading" in account.change()
    assert account.uploaded == ALL
    assert account.s3.list_objects_v2(Bucket=BUCKET, Prefix=".pulumi/locks")["KeyCount"] == 0


def test_an_engine_that_outlives_a_killed_mlp_is_waited_for(account: Account) -> None:
    changing = account.start(PAUSE="10")
    until(lambda: account.made >= 2)
    engine = account.engine
    changing.kill()
    changing.communicate(timeout=60)
    assert "is still changing dev, although its `mlp` has ended" in account.change(code=1)
    os.kill(engine, signal.SIGINT)
    until(lambda: not alive(engine))
    account.change()
    assert account.uploaded == ALL


def test_another_machine_goes_on_from_the_bucket_once_the_lock_is_removed(account: Account) -> None:
    changing = account.start(PAUSE="0.3", SECONDS_BETWEEN="2")
    # What is made since the last upload is on the lost machine only.
    until(lambda: 1 <= len(account.uploaded) <= account.made - 2)
    for process in (changing.pid, account.engine):
        os.kill(process, signal.SIGKILL)
    changing.communicate(timeout=60)
    assert account.pulumi("cancel", "--yes", "--stack", "dev").returncode == 0
    account.change(COPY=str(account.folder / "elsewhere"))
    assert account.uploaded == ALL
    # The lost machine comes back with what it had: it is told, and overwrites nothing.
    assert "nothing was overwritten" in account.change(code=1)
    assert account.uploaded == ALL


def test_the_engine_ends_in_order_when_somebody_overrides_the_lock(account: Account) -> None:
    account.change()
    (account.folder / "__main__.py").write_text(PROGRAM.format(steps=60))
    changing = account.start(PAUSE="0.5", SECONDS_BETWEEN="0.2")
    until(lambda: account.made > STEPS + 1)
    theirs = b'{"version": 3, "checkpoint": {"latest": {}}}'
    account.s3.put_object(Bucket=BUCKET, Key=KEY, Body=theirs)
    started = time.monotonic()
    out, err = changing.communicate(timeout=60)
    assert changing.returncode != 0
    assert "nothing was overwritten" in out + err
    assert time.monotonic() - started < 20  # long before the program would have ended
    assert account.s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == theirs
