"""Known secrets go through an update, a refusal, audits and a bundle of evidence: nothing shows them in plain text."""

import subprocess
from pathlib import Path

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
CANARIES = ("canary-91c4", "canary-2e7b")
"""One that is kept as it should be, and one in the text of a resource that is refused; no source spells them."""
PROGRAM = """
import json

import pulumi
import pulumi_aws as aws

from stacks.layers import build
from stacks.settings import Settings

build(Settings.from_engine())
kept, told = ("-".join(("canary", end)) for end in ("91c4", "2e7b"))
tags = {
    "environment": "local",
    "owner": "ml",
    "cost-centre": "ml-1",
    "data-class": "confidential",
    "managed-by": "pulumi",
}
provider = aws.Provider("other", region="eu-central-1")
opts = pulumi.ResourceOptions(provider=provider)
token = aws.ssm.Parameter("token", type="String", value=pulumi.Output.secret(kept), tags=tags, opts=opts)
pulumi.export("token", token.value)
"""
REFUSED = """
anyone = {"Sid": told, "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
document = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
aws.s3.BucketPolicy("open", bucket="open", policy=pulumi.Output.secret(document), opts=opts)
aws.kms.Key("plain", tags={"owner": pulumi.Output.secret(told)}, opts=opts)
"""


@pytest.fixture(scope="module")
def said(checkout: Checkout) -> list[subprocess.CompletedProcess[str]]:
    """What every step says, in the order of the steps."""
    state, evidence = checkout.path / "state.json", str(checkout.path / "evidence")
    checkout.program(PROGRAM)
    steps = [checkout.run("up"), checkout.pulumi("stack", "export", "-s", "local", "--file", str(state))]
    checkout.program(PROGRAM + REFUSED)
    steps += [checkout.run("up"), checkout.run("up", "--json")]
    steps += [
        checkout.run("audit", "--state", str(state), "--verbose"),
        checkout.run("audit", "--account", "--verbose"),
    ]
    steps += [checkout.run("audit", "--state", str(state), "--format", one) for one in ("json", "sarif", "markdown")]
    steps += [checkout.run("evidence", "--env", "local", "--account", "--state", str(state), "--out", evidence)]
    return steps


def test_each_step_did_what_it_should(said: list[subprocess.CompletedProcess[str]], checkout: Checkout) -> None:
    up, export, refusal, again, *audits, evidence = said
    assert (up.returncode, export.returncode) == (0, 0), up.stdout + up.stderr
    assert {"S3-05", "TAG-01"} <= {line.split()[1] for line in refusal.stdout.splitlines() if line[:1] == "["}
    assert again.returncode == refusal.returncode == 1
    assert {one.returncode for one in audits} <= {0, 1, 3}
    assert evidence.returncode == 0, evidence.stderr
    value = checkout.client("ssm").get_parameter(Name=name(checkout))["Parameter"]["Value"]
    assert value == CANARIES[0], "the secret did reach the account"


def name(checkout: Checkout) -> str:
    (found,) = [
        one["Name"]
        for one in checkout.client("ssm").describe_parameters()["Parameters"]
        if one["Name"].startswith("token")
    ]
    return found


def test_nothing_says_a_secret(said: list[subprocess.CompletedProcess[str]]) -> None:
    assert not [one.args for one in said for canary in CANARIES if canary in one.stdout + one.stderr]


def test_no_file_holds_a_secret(said: list[subprocess.CompletedProcess[str]], checkout: Checkout) -> None:
    files = [file for file in checkout.path.rglob("*") if file.is_file()]
    assert any(file.is_relative_to(checkout.path / "evidence") for file in files)
    assert any(file.is_relative_to(checkout.path / ".sandbox" / "local" / "state") for file in files)
    assert [str(file) for file in files if holds(file)] == []


def holds(file: Path) -> bool:
    content = file.read_bytes()
    return any(canary.encode() in content for canary in CANARIES)
