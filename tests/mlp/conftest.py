"""An emulated account in this process."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

from mlp import cloud
from stacks import settings as module

OWN = (
    (r"sha256:0{64}", f"sha256:{'1' * 64}"),
    (r"0123456789abcdef0123456789abcdef", "ab" * 16),
    (r"example\.(com|net|org)\b", "models.test"),
    (r"(repository: |github\.com/)example/", r"\1ours/"),
    (r"00000000-0000-0000-0000-000000000000", "1b2c3d4e-1111-2222-3333-123456789abc"),
    (r"artifacts-of-", "ml-platform-"),
    (r'Accounts: \["\d+"\]', 'Accounts: ["210987654321"]'),
    (r'account: "222222222222"(?=\n {6}stack)', 'account: "210987654321"'),
    (r"(kmsKeyArn: arn:aws:kms:eu-central-1:)\d+", r"\g<1>210987654321"),
    # Any other text: nothing is signed with it here.
    (r"(?m)^( +-----BEGIN PUBLIC KEY-----\n +)M", r"\1N"),
)
"""Example value, as a regular expression, to a value as a user would give it."""

PULUMI = """#!{python}
import json, os, sys
names = "PULUMI_BACKEND_URL PULUMI_HOME PULUMI_CONFIG_PASSPHRASE PULUMI_K8S_DELETE_UNREACHABLE MLP_UNTIL"
record = {{key: os.environ.get(key) for key in names.split()}}
print(json.dumps([sys.argv[1:], record]), file=open({log!r}, "a"))
if "--event-log" in sys.argv:
    verb, urn = sys.argv[1], "urn:pulumi:dev::ml-platform::aws:s3/bucket:Bucket::artifacts"
    step = {{"op": "create", "urn": urn, "type": "aws:s3/bucket:Bucket"}}
    summary = {{"resourceChanges": {{"create": 1}}, "result": "succeeded", "isPreview": verb == "preview"}}
    with open(sys.argv[sys.argv.index("--event-log") + 1], "w") as events:
        for event in ({{"resourcePreEvent": {{"metadata": step}}}}, {{"summaryEvent": summary}}):
            print(json.dumps(event), file=events)
    verdict = {{"rule": "bucket-unencrypted", "urn": urn, "level": "mandatory", "message": verb}}
    if report := os.environ.get("MLP_POLICY_REPORT"):
        outcome = "UNKNOWN" if verb == "preview" else "PASS"
        print(json.dumps({{**verdict, "outcome": outcome, "rules": 101}}), file=open(report, "a"))
"""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[boto3.Session]:
    """An account with the number of dev; `us`, the shell's credentials, are its own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "us")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "us")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111111111111")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "states"))
    with mock_aws():
        yield boto3.Session(region_name="eu-central-1")


def own(file: Path) -> str:
    """Settings in which no example value is left."""
    text = file.read_text()
    for example, value in OWN:
        text = re.sub(example, value, text)
    return text


@pytest.fixture
def own_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the settings, in which no example value is left."""
    folder = tmp_path / "stacks"
    folder.mkdir()
    for file in module.DIRECTORY.glob("Pulumi.*.yaml"):
        (folder / file.name).write_text(own(file))
    monkeypatch.setattr(module, "DIRECTORY", folder)
    return folder


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine that only notes how it is called; the notes."""
    notes, program = tmp_path / "calls", tmp_path / "pulumi"
    program.write_text(PULUMI.format(python=sys.executable, log=str(notes)))
    program.chmod(0o755)
    monkeypatch.setattr(cloud, "fetch", lambda names: SimpleNamespace(path=[tmp_path]))
    monkeypatch.setattr(cloud.sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return notes
