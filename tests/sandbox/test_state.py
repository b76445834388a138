"""The state of a real environment, by the real engine: in the bucket and under the key that `mlp bootstrap` makes."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def made(checkout: Checkout) -> dict:
    checkout.environment = "dev"
    assert checkout.mlp("bootstrap", "dev", "--sandbox")["made"]
    return checkout.mlp("bootstrap", "dev", "--sandbox")


@pytest.fixture(scope="module")
def pulumi(checkout: Checkout, made: dict, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Plain Pulumi in a project of its own, with its state where bootstrap says."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "Pulumi.yaml").write_text("name: other\nruntime: python\n")
    (folder / "__main__.py").write_text("")
    sandbox = checkout.mlp("env", "dev")["set"]
    variables = {**os.environ, **sandbox, "PULUMI_BACKEND_URL": made["backend"]}
    del variables["PULUMI_CONFIG_PASSPHRASE"]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--non-interactive"]
        return subprocess.run(
            command, cwd=folder, env={**variables, "PWD": str(folder)}, capture_output=True, text=True, timeout=120
        )

    done = run("stack", "select", "dev", "--create", "--secrets-provider", made["secrets_provider"])
    assert done.returncode == 0, done.stderr
    return run


def test_a_second_bootstrap_makes_nothing(made: dict) -> None:
    assert made["made"] == []


def test_secrets_are_encrypted_by_the_key(pulumi: Run, checkout: Checkout, made: dict, tmp_path: Path) -> None:
    done = pulumi("config", "set", "--secret", "token", "canary-77f2")
    assert done.returncode == 0, done.stderr
    assert pulumi("config", "get", "token").stdout.strip() == "canary-77f2"
    assert json.loads(pulumi("stack", "export").stdout)["deployment"]["secrets_providers"]["type"] == "cloud"
    bucket = made["backend"].removeprefix("s3://").partition("?")[0]
    s3 = checkout.client("s3")
    for item in s3.list_objects_v2(Bucket=bucket)["Contents"]:
        assert b"canary-77f2" not in s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()


def test_an_overwritten_state_can_be_gone_back_to(pulumi: Run, checkout: Checkout, made: dict) -> None:
    done = pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr
    bucket = made["backend"].removeprefix("s3://").partition("?")[0]
    versions = checkout.client("s3").list_object_versions(Bucket=bucket, Prefix=".pulumi/stacks/other/dev.json")
    assert len([one for one in versions["Versions"] if one["Key"].endswith("dev.json")]) >= 2


def test_a_state_that_somebody_changes_is_locked(pulumi: Run, checkout: Checkout, made: dict) -> None:
    bucket = made["backend"].removeprefix("s3://").partition("?")[0]
    where = {"Bucket": bucket, "Key": ".pulumi/locks/organization/other/dev/somebody.json"}
    lock = {"pid": 1, "username": "somebody", "hostname": "elsewhere", "timestamp": "2026-01-01T00:00:00Z"}
    s3 = checkout.client("s3")
    s3.put_object(**where, Body=json.dumps(lock))
    refused = pulumi("up", "--yes", "--skip-preview")
    s3.delete_object(**where)
    assert refused.returncode != 0
    assert "somebody@elsewhere" in refused.stdout + refused.stderr
    assert pulumi("up", "--yes", "--skip-preview").returncode == 0
