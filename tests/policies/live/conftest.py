"""An emulated account in this process, and sessions on it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from moto import mock_aws

LOADER = Loader()
"""Knows all services; what it has read once is not read again for the next session."""


def made() -> boto3.Session:
    found = boto3.Session("id", "secret", region_name="eu-central-1")
    found._session.register_component("data_loader", LOADER)
    return found


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield made()


def answer(session: boto3.Session, call: str, parsed: dict[str, Any]) -> None:
    """Let clients of a session hear this answer to a call such as `kms.DescribeKey`, as AWS gives it and moto not."""
    session.events.register(f"before-call.{call}", lambda **_: (AWSResponse("", 200, {}, None), parsed))


def refuse(session: boto3.Session, call: str, code: str = "AccessDenied") -> None:
    """Let AWS refuse a call of a session."""

    def raise_it(**_: object) -> None:
        raise ClientError({"Error": {"Code": code}}, call)

    session.events.register(f"before-call.{call}", raise_it)
