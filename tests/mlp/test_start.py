"""What every start of the command line and of the engine needs to be quick."""

import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.place import Place

HEAVY = ("boto3", "botocore.session", "pulumi", "pulumi_aws", "grpc")
"""Packages that take a tenth of a second or more, and that a preview itself does not need."""
SETTINGS = ("pydantic", "stacks.settings")
"""What checks the settings: a fifth of a second that `mlp token`, which kubectl runs at each call, does not need."""
READ = """
import sys
import {modules}
print(sys.dont_write_bytecode, *(name for name in {heavy} if name in sys.modules))
"""


@pytest.mark.parametrize(
    ("modules", "heavy"),
    [
        pytest.param("mlp.cli, mlp.verbs, mlp.report, sandbox.aws.tables", HEAVY, id="preview"),
        pytest.param("mlp.cli", (*HEAVY, *SETTINGS), id="any verb"),
    ],
)
def test_a_start_loads_no_heavy_package_and_keeps_what_is_compiled(modules: str, heavy: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", READ.format(modules=modules, heavy=heavy)]
    done = subprocess.run(command, env={"PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]


@pytest.mark.parametrize(("own", "used"), [("", "400"), ("50", "50")])
def test_the_engine_collects_garbage_as_often_as_the_shell_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str, used: str
) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    if own:
        monkeypatch.setenv("GOGC", own)
    assert Place(tmp_path, "local").environment([], "http://127.0.0.1:1", "file:///")["GOGC"] == used
