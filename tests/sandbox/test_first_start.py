"""The first `mlp up` while the control plane is still compiled: AWS is up first, under the same policies."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
DRIVER = """
import json, os, sys
from pathlib import Path
from rich.console import Console
from mlp import first_start, verbs
from mlp.places import place_of, plane_of
from mlp.states import States
from sandbox import toolcache
from sandbox.toolchain import Found, Toolchain
from stacks.settings import Settings

CACHE = toolcache.default_root()


class Compiling:
    '''Stands for programs that are compiled until they are waited for, and are in no cache before.'''

    def __init__(self, names, console):
        self.names = names
        without = Path("cache").absolute()
        for one in (*CACHE.iterdir(), *(CACHE / "tools").iterdir()):
            if one.name != "tools" and not any(one.name.startswith(f"{name}-") for name in names):
                link = without / one.relative_to(CACHE)
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(one)
        os.environ["MLP_CACHE"] = str(without)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def wait(self):
        os.environ["MLP_CACHE"] = str(CACHE)
        settings = Settings.from_file("local")
        resources = States(place_of(settings)).resources("local")
        runs = plane_of(settings).running
        Path("half.json").write_text(json.dumps({"names": self.names, "resources": resources, "runs": runs}))

class Box:
    def look(self, names):
        return Toolchain({name: Found(name, "missing", "") for name in names})

first_start.Ahead, first_start.Toolbox = Compiling, Box
report = verbs.up("local", Console(stderr=True, width=200))
print(json.dumps(report.data))
"""


class Started:
    """What a first start did: the report of the whole, what was said meanwhile, and the half before the wait."""

    def __init__(self, checkout: Checkout) -> None:
        done = subprocess.run(
            [sys.executable, "-c", DRIVER],
            cwd=checkout.path,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        self.report: dict[str, Any] = json.loads(done.stdout)
        self.said = done.stderr
        half = checkout.path / "half.json"
        self.half: dict[str, Any] = json.loads(half.read_text()) if half.exists() else {}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("checkout"), cluster=True)
    yield made
    made.end()


@pytest.fixture(scope="module")
def started(checkout: Checkout) -> Started:
    return Started(checkout)


def test_everything_on_aws_is_up_before_the_control_plane_is_there(started: Started) -> None:
    resources = started.half["resources"]
    types = {resource["type"] for resource in resources}
    assert len([one for one in types if one.startswith("aws:")]) > 20
    assert not [one for one in types if one.startswith("kubernetes:")]
    assert not started.half["runs"]
    assert set(started.half["names"]) >= {"etcd", "kube-apiserver", "karpenter-kwok"}


def test_the_whole_follows_without_a_repair_and_repeats_nothing(started: Started) -> None:
    assert started.report["ok"], started.report["errors"]
    assert "did not finish" not in started.said
    made = {urn["urn"] for urn in started.report["changes"] if urn["op"] == "create"}
    before = {resource["urn"] for resource in started.half["resources"]}
    assert made
    assert not made & before
    assert any("kubernetes:" in urn for urn in made)


def test_the_person_sees_the_result_of_the_first_half_with_the_policies(started: Started) -> None:
    first = started.said.partition("AWS is up.")[0]
    assert "created" in first
    assert "0 refused" in first


def test_a_stack_that_has_been_made_is_not_split(checkout: Checkout, started: Started) -> None:
    (checkout.path / "half.json").unlink()
    again = Started(checkout)
    assert again.report["changes"] == []
    assert again.half == {}


def test_what_the_policies_refuse_on_aws_ends_the_start(tmp_path: Path) -> None:
    refused = Checkout(tmp_path, cluster=True)
    try:
        text = (refused.path / "__main__.py").read_text()
        careless = 'import pulumi_aws as aws\naws.s3.Bucket("careless", bucket="careless")\n'
        refused.program(text + careless)
        start = Started(refused)
        assert not start.report["ok"]
        assert start.half == {}
        assert any(finding["urn"].endswith("careless") for finding in start.report["policy"]["findings"])
    finally:
        refused.end()
