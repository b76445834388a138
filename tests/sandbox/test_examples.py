"""Every example on the real engine: up, nothing more to change, down; and the components as a plugin."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.toolchain import Toolbox
from tests.components.iam import decide
from tests.sandbox.conftest import ROOT, Checkout

pytestmark = pytest.mark.sandbox
EXAMPLES = ROOT / "examples"
Pulumi = Callable[..., subprocess.CompletedProcess[str]]
SECTIONS = ["Code", "Deploy", "Validate", "Destroy"]


def yaml_host() -> Path | None:
    return Toolbox().look(["pulumi-language-yaml"]).tools["pulumi-language-yaml"].path


def pulumi_in(checkout: Checkout, folder: Path) -> Pulumi:
    """Plain Pulumi in a folder, on the sandbox's account."""
    variables = {**os.environ, **checkout.mlp("env", "local")["set"], "PWD": str(folder)}
    # What an installed wheel would give.
    variables["PYTHONPATH"] = str(checkout.path)
    if (host := yaml_host()) is not None:
        variables["PATH"] += os.pathsep + str(host.parent)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--non-interactive"]
        return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)

    return run


@pytest.fixture
def example(checkout: Checkout, tmp_path: Path) -> Iterator[Callable[[str], Pulumi]]:
    """Copies an example and makes its stack; destroys what it made."""
    made = []

    def start(name: str) -> Pulumi:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder)
        pulumi = pulumi_in(checkout, folder)
        done = pulumi("stack", "init", "dev")
        assert done.returncode == 0, done.stderr
        made.append(pulumi)
        return pulumi

    yield start
    for pulumi in made:
        pulumi("destroy", "--yes", "--skip-preview")


def lives(pulumi: Pulumi) -> dict[str, Any]:
    """Up, and nothing more to change; the outputs."""
    done = pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr
    again = pulumi("preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr
    return json.loads(pulumi("stack", "output", "--json").stdout)


def goes(pulumi: Pulumi, checkout: Checkout) -> None:
    done = pulumi("destroy", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr
    assert checkout.held()["buckets"] == []


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir()))
def test_an_example_says_how_it_is_used(name: str) -> None:
    text = (EXAMPLES / name / "README.md").read_text()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SECTIONS


def test_an_artifact_store_in_twenty_lines(example: Callable[[str], Pulumi], checkout: Checkout) -> None:
    assert len((EXAMPLES / "artifact-store" / "__main__.py").read_text().splitlines()) <= 20
    pulumi = example("artifact-store")
    outputs = lives(pulumi)
    (bucket,) = [one["Name"] for one in checkout.held()["buckets"] if not one["Name"].startswith("fraud-access-logs")]
    assert outputs["uri"] == f"s3://{bucket}"
    assert checkout.client("s3").get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    goes(pulumi, checkout)


def test_a_team_builds_on_the_foundation(example: Callable[[str], Pulumi], checkout: Checkout) -> None:
    base = checkout.mlp("up")["outputs"]
    pulumi = example("team-stack")
    outputs = lives(pulumi)
    role = outputs["trainer"].rpartition("/")[2]
    iam = checkout.client("iam")
    documents = [
        iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    ]
    statements = [statement for document in documents for statement in document["Statement"]]
    datasets, own = base["stores"]["datasets"]["arn"], outputs["features"].removeprefix("s3://")
    assert decide(statements, "s3:GetObject", f"{datasets}/curated/a") == "Allow"
    assert decide(statements, "s3:GetObject", f"{datasets}/raw/a") == "no"
    assert decide(statements, "s3:PutObject", f"arn:aws:s3:::{own}/daily/a") == "Allow"
    assert decide(statements, "kms:GenerateDataKey", base["keys"]["confidential"]) == "Allow"
    done = pulumi("destroy", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr
    assert checkout.mlp("preview")["changes"] == []
    assert checkout.mlp("down")["left"] == []


def test_the_same_store_in_yaml(example: Callable[[str], Pulumi], checkout: Checkout) -> None:
    if yaml_host() is None:
        pytest.skip("no host of YAML programs here; `mlp doctor --fix` fetches it")
    checkout.install_plugin()
    pulumi = example("yaml")
    assert lives(pulumi)["uri"].startswith("s3://fraud-")
    goes(pulumi, checkout)
