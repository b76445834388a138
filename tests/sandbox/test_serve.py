"""How a provider of the sandbox ends: without a word, and after what it is doing."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox import values
from tests.sandbox.conftest import ROOT, until

SLOW = """
import asyncio, pathlib, sys, time
from pulumi.provider.experimental import provider as api
from sandbox.serve import serve

class Slow(api.Provider):
    async def create(self, request):
        await asyncio.to_thread(self.make)
        return api.CreateResponse("id", {})

    def make(self):
        pathlib.Path(sys.argv[2], "begun").touch()
        time.sleep(1)
        pathlib.Path(sys.argv[2], "done").touch()

serve(Slow(), "1.0.0")
"""
ENGINE = "import subprocess, sys; subprocess.run(sys.argv[1:])"
"""Stands for the engine, which starts a provider and can be killed."""


@contextmanager
def started(*command: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A provider, once it has told its port."""
    whole, pipe = [sys.executable, *command], subprocess.PIPE
    with subprocess.Popen(whole, cwd=ROOT, text=True, stdout=pipe, stderr=pipe) as process:
        try:
            assert process.stdout
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def test_what_is_not_known_is_the_engines_text() -> None:
    assert values.UNKNOWN == rpc.UNKNOWN


@pytest.mark.parametrize("name", ["aws", "kubernetes"])
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_provider_ends_in_silence(name: str, ending: signal.Signals) -> None:
    with started("-m", f"sandbox.{name}.provider", "127.0.0.1:1") as (process, _):
        process.send_signal(ending)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == 0


def test_a_provider_whose_engine_was_killed_ends_in_silence() -> None:
    with started("-c", ENGINE, sys.executable, "-m", "sandbox.aws.provider", "127.0.0.1:1") as (engine, _):
        engine.kill()
        # The provider holds both pipes too: they end when it does.
        assert engine.communicate(timeout=30) == ("", "")


def test_an_interrupted_provider_finishes_what_it_is_making(tmp_path: Path) -> None:
    wanted = provider_pb2.CreateRequest(urn="urn:pulumi:local::ml-platform::a:index:A::one")
    with started("-c", SLOW, "127.0.0.1:1", str(tmp_path)) as (process, port):
        channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        call = provider_pb2_grpc.ResourceProviderStub(channel).Create.future(wanted)
        until((tmp_path / "begun").exists)
        os.kill(process.pid, signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
        assert (tmp_path / "done").exists()
        call.cancel()
