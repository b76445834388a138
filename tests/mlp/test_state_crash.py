"""`mlp` killed at any point of a change on a real account: nothing is lost, and the stack is not left locked."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from mlp.state_bucket import StateBucket
from mlp.state_copy import StateCopy
from mlp.state_sync import changing
from tests.mlp.buckets import PLACE, UNLOCK, change, locks, there

DYING = """
import os, signal, sys
from pathlib import Path
import boto3
from mlp import state_bucket, state_copy, state_sync

endpoint, bucket, root, owner, name, when = sys.argv[1:]
kind = getattr({"StateBucket": state_bucket, "StateCopy": state_copy}[owner], owner)
whole = getattr(kind, name)

def dying(*given):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    whole(*given)
    os.kill(os.getpid(), signal.SIGKILL)

state_sync.SECONDS = 60  # only the last upload
s3 = boto3.client("s3", endpoint_url=endpoint, region_name="eu-central-1")
copy = state_copy.StateCopy(state_bucket.StateBucket(s3, bucket, "123456789012", "dev"), Path(root))
if name != "write" and name != "unlock":
    setattr(kind, name, dying)
with state_sync.changing(copy, "", print):
    (copy.root / state_copy.STACKS / "dev.json").write_text('{"serial": 2}')
    setattr(kind, name, dying)
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "us")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "us")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.mark.parametrize(
    ("owner", "name", "when", "kept"),
    [
        ("StateBucket", "lock", "before", 1),
        ("StateBucket", "lock", "after", 1),
        ("StateCopy", "catch_up", "after", 1),
        ("StateBucket", "write", "before", 2),
        ("StateBucket", "write", "after", 2),  # the bucket has it, and the copy has no record of that
        ("StateBucket", "unlock", "before", 2),
    ],
)
def test_nothing_is_lost_wherever_mlp_is_killed(
    server: str, tmp_path: Path, owner: str, name: str, when: str, kept: int
) -> None:
    s3 = boto3.client("s3", endpoint_url=server, region_name="eu-central-1")
    bucket = f"states-{name}-{when}".replace("_", "-")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=PLACE)
    copy = StateCopy(StateBucket(s3, bucket, "123456789012", "dev"), tmp_path)
    change(copy, {"serial": 1})
    command = [sys.executable, "-c", DYING, server, bucket, str(tmp_path), owner, name, when]
    assert subprocess.run(command, timeout=60).returncode == -signal.SIGKILL
    with changing(copy, UNLOCK, print):
        here = copy.read()
        assert here is not None
        assert json.loads(here.body) == {"serial": kept}
    assert there(s3, bucket=bucket) == {"serial": kept}
    assert locks(s3, bucket) == []
