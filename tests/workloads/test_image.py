"""The image of the platform's programs: what it is built from, as far as that shows without building it."""

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "workloads/Dockerfile").read_text().replace("\\\n", "").splitlines()
IMPORT_ALL = """
import importlib, pkgutil, workloads
names = [one.name for one in pkgutil.walk_packages(workloads.__path__, "workloads.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(len(names))
"""


def instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in LINES if line.startswith(f"{name} ")]


def test_it_is_built_on_one_image_by_its_digest_and_runs_as_an_unprivileged_user() -> None:
    (base,) = instructions("ARG")
    assert re.fullmatch(r"PYTHON=python:3\.11\.\d+-slim-\w+@sha256:[0-9a-f]{64}", base)
    assert {one.split()[0] for one in instructions("FROM")} == {"${PYTHON}"}
    (user,) = instructions("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_it_takes_packages_by_their_hashes() -> None:
    (install,) = instructions("RUN")
    assert "--require-hashes" in install
    assert "tools/workloads/requirements.lock /" in instructions("COPY")


def test_every_program_runs_on_what_is_copied_and_locked(tmp_path: Path, python: Path) -> None:
    for source, target in (one.split() for one in instructions("COPY") if not one.startswith("--from")):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target.lstrip("/"))
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path / "app"), "HOME": str(tmp_path)}
    command = [str(python), "-c", IMPORT_ALL]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


def test_lightgbm_has_an_openmp_that_the_base_does_not_have(tmp_path: Path, python: Path) -> None:
    (install,) = instructions("RUN")
    link = install.rpartition("&&")[2].replace("/venv/lib/python", f"{python.parents[1]}/lib/python")
    subprocess.run(["sh", "-c", link.replace("/venv/lib/", f"{tmp_path}/")], check=True)
    assert "LD_LIBRARY_PATH=/venv/lib" in " ".join(instructions("ENV")).split()
    loaded = "import lightgbm, pathlib; print(pathlib.Path('/proc/self/maps').read_text())"
    environment = {"PATH": "/usr/bin:/bin", "LD_LIBRARY_PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([str(python), "-c", loaded], env=environment, capture_output=True, text=True, check=True)
    (library,) = {line.split()[-1] for line in done.stdout.splitlines() if "libgomp" in line}
    assert Path(library) == (tmp_path / "libgomp.so.1").resolve()
