"""The analyzer as a process of its own, as the engine starts it."""

import os
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import proto

from tests.policies.world import KEY, urn

PACK = Path(__file__).parents[2] / "policies" / "run"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], grpc.Channel]]:
    """The process, and a channel to it."""
    with subprocess.Popen([PACK, "127.0.0.1:1"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield process, channel
        process.kill()


def nested(depth: int) -> bytes:
    """A request whose one property is nested as deeply as asked for, in the wire format, put together from within."""
    parts, size = [b"\x1a\x01x"], 3

    def wrap(number: int, before: bytes = b"") -> None:
        nonlocal size
        rest, length = size, b""
        while rest > 127:
            rest, length = rest >> 7, length + bytes([rest & 127 | 128])
        parts.append(before + bytes([number << 3 | 2]) + length + bytes([rest]))
        size += len(parts[-1])

    for _ in range(depth):
        wrap(2, b"\n\x01a")
        wrap(1)
        wrap(5)
    wrap(2, b"\n\x06policy")
    wrap(1)
    wrap(proto.AnalyzeRequest.DESCRIPTOR.fields_by_name["properties"].number)
    return proto.AnalyzeRequest(type=KEY, urn=urn(KEY, "key")).SerializeToString() + b"".join(reversed(parts))


def test_the_executable_serves_from_anywhere_and_ends_when_the_engine_is_killed(tmp_path: Path) -> None:
    command = ["sh", "-c", f'"{PACK}" 127.0.0.1:1 & echo $!; wait']
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, bufsize=1) as engine:
        assert engine.stdout
        pack, port = int(engine.stdout.readline()), int(engine.stdout.readline())
        assert 0 < port < 65536
        engine.kill()
        # The pack holds the other end of the pipe; its end is the end of the file.
        ended, _, _ = select.select([engine.stdout], [], [], 10)
        if not ended:
            os.kill(pack, signal.SIGKILL)
        assert ended, "the pack outlived the engine"
        assert engine.stdout.read() == ""


def test_the_engine_ends_it_by_asking(served: tuple[subprocess.Popen[str], grpc.Channel]) -> None:
    process, channel = served
    analyzer = proto.AnalyzerStub(channel)
    assert analyzer.Handshake(proto.AnalyzerHandshakeRequest(engine_address="127.0.0.1:1"), timeout=20) is not None
    analyzer.Cancel(empty_pb2.Empty(), timeout=20)
    assert process.wait(20) == 0


def test_no_depth_of_nesting_ends_it(served: tuple[subprocess.Popen[str], grpc.Channel]) -> None:
    process, channel = served
    ask = channel.unary_unary("/pulumirpc.Analyzer/Analyze", response_deserializer=proto.AnalyzeResponse.FromString)
    found = {one.policyName: one.message for one in ask(nested(10_000), timeout=60).diagnostics}
    assert "`policy` of key is not known" in found["key-open-to-any-principal"]
    [told] = ask(nested(50_000), timeout=60).diagnostics
    assert (told.policyName, told.enforcementLevel) == ("unreadable-resource", proto.MANDATORY)
    assert process.poll() is None


def test_a_profile_that_cannot_be_used_is_said_at_once(tmp_path: Path) -> None:
    profile = tmp_path / "own.yaml"
    profile.write_text("mandatory_from: hgh\n")
    variables = {**os.environ, "MLP_POLICY_PROFILE": str(profile)}
    done = subprocess.run([PACK], env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"{profile}: mandatory_from is 'hgh', must be one of low, medium, high, critical\n" in done.stderr
