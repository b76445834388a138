"""The copy of a state and its bucket, without an engine: what is uploaded, what is refused, what a crash leaves."""

import gzip
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from mlp import state_sync
from mlp.places import SessionError
from mlp.state_bucket import HISTORY, STACKS, Checkpoint, StateBucket, locks_of
from mlp.state_copy import StateCopy
from mlp.state_sync import changing
from tests.mlp.buckets import NAME, PLACE, UNLOCK, change, engine, foreign, locks, there


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(state_sync, "SECONDS", 0.02)
    monkeypatch.setattr(state_sync, "TRIES", 1)
    # A verb that an earlier test ran has left its handler, by which a foreign write would end the tests.
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "us")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "us")
    with mock_aws():
        client = boto3.client("s3", region_name="eu-central-1")
        client.create_bucket(Bucket="states", CreateBucketConfiguration=PLACE)
        yield client


@pytest.fixture
def copy(s3: Any, tmp_path: Path) -> StateCopy:
    return StateCopy(StateBucket(s3, "states", "123456789012", "dev"), tmp_path / "ours")


@pytest.fixture
def elsewhere(copy: StateCopy, tmp_path: Path) -> StateCopy:
    """The same stack on another machine."""
    return StateCopy(copy.bucket, tmp_path / "elsewhere")


def test_the_bucket_has_the_newest_state_and_no_lock_after_a_change(s3: Any, copy: StateCopy) -> None:
    for number in range(3):
        assert change(copy, {"serial": number}) == []
        assert there(s3) == {"serial": number}
        assert locks(s3) == []


def test_the_stack_is_locked_in_pulumis_format_while_it_is_changed(s3: Any, copy: StateCopy) -> None:
    with changing(copy, UNLOCK, print):
        (key,) = locks(s3)
        content = json.loads(s3.get_object(Bucket="states", Key=key)["Body"].read())
    assert key.startswith(".pulumi/locks/organization/ml-platform/dev/")
    assert content.keys() == {"pid", "username", "hostname", "timestamp"}
    assert content["pid"] == os.getpid()


def test_the_newest_state_is_uploaded_while_the_engine_works(s3: Any, copy: StateCopy) -> None:
    with changing(copy, UNLOCK, print):
        engine(copy, {"serial": 1})
        wait_until(lambda: s3.list_objects_v2(Bucket="states", Prefix=STACKS)["KeyCount"] == 1)
        engine(copy, {"serial": 2})
        wait_until(lambda: there(s3) == {"serial": 2})


def test_a_change_starts_from_what_another_machine_uploaded(s3: Any, copy: StateCopy, elsewhere: StateCopy) -> None:
    change(copy, {"serial": 1})
    change(elsewhere, {"serial": 2})
    with changing(copy, UNLOCK, print):
        assert json.loads((copy.root / STACKS / NAME).read_text()) == {"serial": 2}


def test_a_stack_that_was_removed_elsewhere_does_not_come_back(s3: Any, copy: StateCopy) -> None:
    change(copy, {"serial": 1})
    s3.delete_object(Bucket="states", Key=f"{STACKS}/{NAME}")
    with changing(copy, UNLOCK, print):
        assert copy.read() is None
    assert s3.list_objects_v2(Bucket="states", Prefix=STACKS)["KeyCount"] == 0


def test_stacks_that_others_refer_to_are_there(s3: Any, copy: StateCopy) -> None:
    s3.put_object(Bucket="states", Key=f"{STACKS}/dev-foundation.json", Body=b'{"outputs": 1}')
    with changing(copy, UNLOCK, print):
        assert (copy.root / STACKS / "dev-foundation.json").read_bytes() == b'{"outputs": 1}'
    assert there(s3, "dev-foundation.json") == {"outputs": 1}


def test_a_locked_stack_is_refused_with_the_command_that_unlocks_it(s3: Any, copy: StateCopy) -> None:
    lock = {"pid": 7, "username": "ada", "hostname": "build-1", "timestamp": "2026-01-01T00:00:00Z"}
    s3.put_object(Bucket="states", Key=f"{locks_of('dev')}/x.json", Body=json.dumps(lock).encode())
    with pytest.raises(SessionError, match=r"dev is locked by ada@build-1 \(process 7\)(.|\n)*" + UNLOCK):
        change(copy, {"serial": 1})
    assert len(locks(s3)) == 1
    assert s3.list_objects_v2(Bucket="states", Prefix=STACKS)["KeyCount"] == 0


def test_two_that_lock_at_the_same_time_both_refuse(s3: Any, copy: StateCopy, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = {"pid": 7, "username": "ada", "hostname": "build-1", "timestamp": "2026-01-01T00:00:00Z"}
    write = StateBucket.lock

    def at_once(self: StateBucket, name: str) -> None:
        s3.put_object(Bucket="states", Key=f"{locks_of('dev')}/x.json", Body=json.dumps(lock).encode())
        write(self, name)

    monkeypatch.setattr(StateBucket, "lock", at_once)
    with pytest.raises(SessionError, match="dev is locked by ada"):
        change(copy, {"serial": 1})
    assert locks(s3) == [f"{locks_of('dev')}/x.json"]


def test_a_second_change_on_this_machine_is_refused(s3: Any, copy: StateCopy) -> None:
    with (
        changing(copy, UNLOCK, print),
        pytest.raises(SessionError, match="another `mlp` on this machine is changing dev"),
        changing(copy, UNLOCK, print),
    ):
        pass


def test_another_machine_is_refused_while_one_changes_the_stack(copy: StateCopy, elsewhere: StateCopy) -> None:
    with changing(copy, UNLOCK, print), pytest.raises(SessionError, match="dev is locked by"):
        change(elsewhere, {"serial": 2})


def test_a_foreign_write_during_a_change_is_not_overwritten(s3: Any, copy: StateCopy) -> None:
    change(copy, {"serial": 1})
    both = "changed on this machine and in the bucket; nothing was overwritten"
    with pytest.raises(SessionError, match=both):
        change(copy, {"serial": 2}, lambda: foreign(s3, {"serial": "theirs"}))
    assert there(s3) == {"serial": "theirs"}
    assert json.loads((copy.root / STACKS / NAME).read_text()) == {"serial": 2}


def test_a_first_state_does_not_overwrite_one_that_appeared_meanwhile(s3: Any, copy: StateCopy) -> None:
    with pytest.raises(SessionError, match="nothing was overwritten"):
        change(copy, {"serial": 1}, lambda: foreign(s3, {"serial": "theirs"}))
    assert there(s3) == {"serial": "theirs"}


@pytest.mark.parametrize("keep", ["the bucket's", "this machine's"])
def test_a_conflict_ends_as_its_message_says(s3: Any, copy: StateCopy, keep: str) -> None:
    with pytest.raises(SessionError) as raised:
        change(copy, {"serial": "ours"}, lambda: foreign(s3, {"serial": "theirs"}))
    with pytest.raises(SessionError, match="nothing was overwritten"):  # until one of both is kept
        change(copy, {"serial": 3})
    (line,) = [line for line in str(raised.value).splitlines() if keep in line and "&&" in line]
    command = line.partition(":")[2].partition("&&")[0]
    if keep == "the bucket's":
        subprocess.run(command, shell=True, check=True)
    else:  # `aws s3 cp FILE ADDRESS`
        s3.upload_file(command.split("'")[1], "states", command.split("'")[3].removeprefix("s3://states/"))
    with changing(copy, UNLOCK, print):
        kept = json.loads((copy.root / STACKS / NAME).read_text())["serial"]
    assert kept == {"the bucket's": "theirs", "this machine's": "ours"}[keep]
    assert locks(s3) == []


def test_a_lost_answer_to_an_upload_is_no_foreign_write(s3: Any, copy: StateCopy) -> None:
    change(copy, {"serial": 1})
    etag = copy.record["etag"]
    foreign(s3, {"serial": 2})  # it arrived, but the answer was lost
    assert (
        copy.bucket.write(Checkpoint(NAME, b'{"serial": 2}'), etag)
        == s3.head_object(Bucket="states", Key=f"{STACKS}/{NAME}")["ETag"]
    )


def test_an_unreachable_bucket_keeps_state_and_lock_for_the_next_change(
    s3: Any, copy: StateCopy, elsewhere: StateCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(copy, {"serial": 1})
    lost = "could not be uploaded(.|\n)*Nothing is lost"
    with monkeypatch.context() as broken, pytest.raises(SessionError, match=lost):
        change(copy, {"serial": 2}, lambda: broken.setattr(StateBucket, "write", unreachable))
    with pytest.raises(SessionError, match="dev is locked"):
        change(elsewhere, {"serial": 3})
    (said,) = change(copy, {"serial": 4})
    assert said.startswith("the bucket lacks the last change made on this machine; uploading")
    assert there(s3) == {"serial": 4}
    assert locks(s3) == []


def unreachable(*_: Any) -> str:
    raise EndpointConnectionError(endpoint_url="https://s3.example")


def test_a_damaged_copy_gives_way_to_the_bucket(s3: Any, copy: StateCopy) -> None:
    change(copy, {"serial": 1})
    engine(copy, b'{"serial')  # half written when the machine lost power
    (said,) = change(copy, {"serial": 2})
    assert "is damaged and was renamed to dev.json.broken" in said
    assert there(s3) == {"serial": 2}


def test_a_state_that_is_stored_in_another_format_replaces_the_former(s3: Any, copy: StateCopy) -> None:
    change(copy, {"serial": 1})
    with changing(copy, UNLOCK, print):
        engine(copy, gzip.compress(b'{"serial": 2}'), "dev.json.gz")
        (copy.root / STACKS / NAME).unlink()
    assert copy.bucket.names().keys() == {"dev.json.gz"}
    with changing(copy, UNLOCK, print):
        here = copy.read()
    assert here is not None
    assert gzip.decompress(here.body) == b'{"serial": 2}'


def test_the_history_of_updates_moves_to_the_bucket(s3: Any, copy: StateCopy) -> None:
    with changing(copy, UNLOCK, print):
        file = copy.root / HISTORY / "dev" / "dev-1.history.json"
        file.parent.mkdir(parents=True)
        file.write_text("{}")
    (one,) = s3.list_objects_v2(Bucket="states", Prefix=HISTORY)["Contents"]
    assert one["Key"] == f"{HISTORY}/dev/dev-1.history.json"
    assert not file.exists()


def test_an_engine_that_outlived_its_mlp_is_waited_for(s3: Any, copy: StateCopy, tmp_path: Path) -> None:
    program = tmp_path / "pulumi"
    program.symlink_to("/bin/sleep")
    lock = copy.root / locks_of("dev") / "x.json"
    lock.parent.mkdir(parents=True)
    with subprocess.Popen([program, "60"]) as running:
        lock.write_text(json.dumps({"pid": running.pid}))
        try:
            with pytest.raises(SessionError, match=f"process id {running.pid} is still changing dev"):
                change(copy, {"serial": 1})
        finally:
            running.kill()
    assert change(copy, {"serial": 2}) == []
    assert not lock.exists()


def test_only_the_user_can_read_the_copy(s3: Any, copy: StateCopy) -> None:
    change(copy, {"serial": 1})
    assert copy.root.stat().st_mode & 0o777 == 0o700


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
