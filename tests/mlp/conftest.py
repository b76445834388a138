"""An emulated account in this process."""

import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws


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
