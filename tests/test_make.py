"""The rule of the Makefile that makes the virtual environment, without installing anything."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A checkout whose environment is ready."""
    checkout = tmp_path / "one #1"
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy2(ROOT / name, checkout)
    (programs / "python").symlink_to("/bin/true")
    (checkout / ".venv" / ".ready").write_text(f"{checkout}\n")
    return checkout


def steps(checkout: Path) -> str:
    """What make would do for the environment."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    asked = ["make", "--dry-run", ".venv/.ready"]
    return subprocess.run(asked, cwd=checkout, env=variables, capture_output=True, text=True, check=True).stdout


def test_a_ready_environment_is_left_alone(made: Path) -> None:
    assert "is up to date" in steps(made)


def test_the_environment_of_a_moved_checkout_is_made_again(made: Path) -> None:
    moved = made.rename(made.with_name("other"))
    assert "rm -rf .venv" in steps(moved)
    assert 'test -z "stale"' in steps(moved)


def test_an_environment_without_its_python_is_made_again(made: Path) -> None:
    python = made / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert 'test -z "stale"' in steps(made)


def test_a_missing_environment_is_made_and_nothing_is_removed(made: Path) -> None:
    shutil.rmtree(made / ".venv")
    assert 'test -z ""' in steps(made)
