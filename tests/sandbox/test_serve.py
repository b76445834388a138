"""How a provider ends when the engine ends it."""

import signal
import subprocess
import sys

import pytest


@pytest.mark.parametrize("provider", ["aws", "kubernetes"])
def test_a_provider_that_the_engine_ends_says_nothing(provider: str) -> None:
    command = [sys.executable, "-m", f"sandbox.{provider}.provider", "127.0.0.1:9"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline().strip().isdigit()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")
