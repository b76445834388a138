"""The state backend keeps the same state as the engine keeps in a folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
PROGRAM = """
import pulumi, pulumi_aws as aws

class Store(pulumi.ComponentResource):
    def __init__(self, name, bucket, aliases=()):
        super().__init__("test:index:Store", name, opts=pulumi.ResourceOptions(aliases=aliases))
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket("bucket", bucket=bucket, opts=child)
        aws.s3.BucketVersioning(
            "versions", bucket=self.bucket.bucket, versioning_configuration={"status": "Enabled"}, opts=child
        )
        self.register_outputs({"bucket": self.bucket.bucket})

"""
PLAIN = "aws.s3.Bucket('plain', bucket='plain', tags={'of': 'nobody'})\n"
STEPS = {
    "created": (PROGRAM + "Store('store', 'one')\n" + PLAIN, "up"),
    "failed": (
        PROGRAM + "Store('store', 'one')\naws.s3.Bucket('new', bucket='n')\n" + PLAIN.replace("nobody", "me"),
        "up",
    ),
    "replaced": (PROGRAM + "Store('store', 'two')\n" + PLAIN, "up"),
    "renamed": (PROGRAM + "Store('shop', 'two', [pulumi.Alias(name='store')])\n" + PLAIN, "up"),
    "gone": (PROGRAM, "refresh"),
    "deleted": (PROGRAM + "Store('shop', 'two')\n", "up"),
    "destroyed": (PROGRAM, "destroy"),
}
VARYING = ("created", "modified", "sourcePosition", "stackTrace")


def walk(checkout: Checkout, **variables: str) -> dict[str, Any]:
    """The resources after each step, by URN, without times."""
    found = {}
    assert checkout.pulumi("stack", "init", "local", **variables).returncode == 0
    for name, (program, verb) in STEPS.items():
        checkout.program(program)
        if name == "gone":
            checkout.client("s3").delete_bucket(Bucket="plain")
        done = checkout.pulumi(verb, "--yes", "--skip-preview", "--stack", "local", **variables)
        assert (done.returncode != 0) == (name == "failed"), done.stdout + done.stderr
        exported = json.loads(checkout.pulumi("stack", "export", "--stack", "local", **variables).stdout)
        resources = exported["deployment"].get("resources") or []
        plain = [{key: value for key, value in one.items() if key not in VARYING} for one in resources]
        found[name] = sorted(plain, key=lambda one: (one["urn"], "delete" in one))
    return found


def test_each_step_leaves_the_same_state_as_in_a_folder(checkout: Checkout, tmp_path: Path) -> None:
    assert checkout.pulumi("stack", "rm", "local", "--yes", "--preserve-config").returncode == 0
    ours = walk(checkout)
    theirs = walk(checkout, PULUMI_BACKEND_URL=f"file://{tmp_path}?metadata=skip")
    for name, resources in ours.items():
        assert _without_ids(resources) == _without_ids(theirs[name]), name
    assert any(one["id"] == "two" for one in ours["renamed"] if "id" in one)


def _without_ids(resources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same without the ids of providers, which the engine makes anew each time."""
    text = json.dumps(resources)
    for one in resources:
        if one["type"].startswith("pulumi:providers:"):
            text = text.replace(one["id"], "ID")
    return json.loads(text)
