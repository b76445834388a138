"""The clock of checkpoints in a program of its own, scraped."""

import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitoring.emitters import checkpoints
from sandbox import pythons

ROOT = Path(__file__).parents[2]
METRIC = checkpoints.METRICS[0]
PROGRAM = """
import sys
from workloads.checkpoints import CheckpointClock
with CheckpointClock(port=0, address="127.0.0.1") as clock:
    print(clock.port, flush=True)
    for line in sys.stdin:
        clock.saved()
        print("saved", flush=True)
"""


def start(**variables: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("JOB_NAME", "PYTHONDONTWRITEBYTECODE")}
    command = [str(pythons.ensure("workloads")), "-c", PROGRAM]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen(command, text=True, env={**kept, "PYTHONPATH": str(ROOT), **variables}, **pipes)


@pytest.fixture
def program() -> Iterator[subprocess.Popen[str]]:
    with start(JOB_NAME="train-1") as found:
        yield found
        found.terminate()


def test_a_checkpoint_is_reported_as_the_contract_says(program: subprocess.Popen[str]) -> None:
    assert program.stdout
    assert program.stdin
    port = int(program.stdout.readline())

    def scrape() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            return answer.read().decode()

    def last() -> float:
        found = re.findall(rf'^{METRIC.name}{{job_name="train-1"}} (\S+)$', scrape(), re.MULTILINE)
        assert len(found) == 1
        return float(found[0])

    assert f"# TYPE {METRIC.name} {METRIC.kind}" in scrape()
    assert METRIC.own_names == ("job_name",)
    begun = last()
    assert abs(begun - time.time()) < 60, "the start counts as a checkpoint: from there work can be lost"
    assert last() == begun, "a scrape is no checkpoint"
    program.stdin.write("\n")
    program.stdin.flush()
    assert program.stdout.readline() == "saved\n"
    assert last() > begun


def test_a_job_without_a_name_is_refused() -> None:
    with start() as program:
        _, errors = program.communicate(timeout=60)
    assert program.returncode != 0
    assert "the job has no name: give it, or set JOB_NAME" in errors
