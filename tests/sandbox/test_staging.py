"""The staging environment in the sandbox: up, and down in two attempts, the first of which is killed."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import Checkout
from tests.sandbox.test_recovery import engine_of

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("staging"), "staging")
    made.checkpoints = False
    yield made
    made.end()


@pytest.fixture(scope="module")
def up(staging: Checkout) -> dict[str, Any]:
    return staging.mlp("up", "staging", "--sandbox")


def test_a_second_preview_is_empty(staging: Checkout, up: dict[str, Any]) -> None:
    assert up["ok"]
    assert up["policy"]["findings"] == []
    assert staging.mlp("preview", "staging", "--sandbox")["changes"] == []


def test_a_destroy_that_was_killed_is_finished_by_the_next(staging: Checkout, up: dict[str, Any]) -> None:
    s3 = staging.client("s3")
    before = len(s3.list_buckets()["Buckets"])
    staging.checkpoints = True
    process = staging.start("down", "staging", "--sandbox", "--json")
    deadline = time.monotonic() + 400
    while len(s3.list_buckets()["Buckets"]) > before - 3:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(engine_of(process), signal.SIGKILL)
    process.communicate()
    assert process.returncode == 1
    assert 0 < len(s3.list_buckets()["Buckets"]) < before
    report = staging.mlp("down", "staging", "--sandbox")
    assert report["left"] == []
    assert not (staging.path / ".sandbox").exists()
