"""The components as a wheel, beside other Pulumi code."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from components import SERVED

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_components_and_how_they_are_served(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"components/__init__.py", "components/__main__.py", "components/PulumiPlugin.yaml"} <= set(names)
    assert not [name for name in names if name.startswith(("tests/", "examples/"))]


def test_another_program_imports_them_from_it(wheel: Path, tmp_path: Path) -> None:
    code = "import components; print(components.__file__, len(components.SERVED))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, served = done.stdout.split()
    assert file.startswith(str(wheel))
    assert int(served) == len(SERVED)
