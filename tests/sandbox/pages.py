"""Pages whose shell blocks are run word by word, as a person does who follows them."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

MAKE = {"make up": "mlp up", "make down": "mlp down"}
"""Target of the Makefile to the command that it runs, once the Python environment is there."""


def blocks(page: str, kind: str = "") -> list[str]:
    """The shell blocks of a page that are marked with a word, or with none."""
    found = re.findall(r"^```sh(?: (\w+))?\n(.*?)^```$", page, re.M | re.S)
    return [text for mark, text in found if mark == kind]


class Shell:
    """A terminal in a folder: what one block exports, the next one sees.

    Attributes:
        variables: The environment variables of the next block.
        before: Lines that run before each block, such as functions of the shell.
    """

    def __init__(self, folder: Path, before: str = "") -> None:
        self.folder, self.before, self.kept = folder, before, folder / "environment"
        self.variables = {name: one for name, one in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
        # What is imported is the copy, as it would be with an environment of its own.
        self.variables["PYTHONPATH"] = str(folder)
        self.first_on_path(Path(sys.executable).parent)

    def first_on_path(self, folder: Path) -> None:
        """Find programs in a folder before those of other folders."""
        self.variables["PATH"] = f"{folder}{os.pathsep}{self.variables['PATH']}"

    def run(self, block: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a block until a command of it fails.

        Args:
            block: The block.
            given: What the person types.
        """
        lines = [MAKE.get(line, line) for line in block.splitlines()]
        script = "\n".join([self.before, "set -e", *lines, f"env -0 >{shlex.quote(str(self.kept))}"])
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env=self.variables,
            input=given,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode == 0:
            self.variables = dict(one.split("=", 1) for one in self.kept.read_text().split("\0") if one)
        return done
