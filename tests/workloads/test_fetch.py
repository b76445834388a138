"""What a pod does before its server starts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from workloads.fetch import fetch, main
from workloads.promotion import artifacts


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "sandbox")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="artifacts")
        for key in ("models/fraud/1/model.joblib", "models/fraud/1/deep/a", "models/fraud/12/model.joblib"):
            client.put_object(Bucket="artifacts", Key=key, Body=key.encode())
        yield client


def test_a_version_arrives_whole_and_alone(s3: Any, tmp_path: Path) -> None:
    assert fetch("s3://artifacts/models/fraud/1", tmp_path, s3) == 2
    found = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"model.joblib": "models/fraud/1/model.joblib", "deep/a": "models/fraud/1/deep/a"}


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("s3://artifacts/models/fraud/2", "nothing is below s3://artifacts/models/fraud/2; was this version"),
        ("https://artifacts/models", "allowed: s3://BUCKET/PREFIX"),
        ("s3://artifacts", "allowed: s3://BUCKET/PREFIX"),
    ],
)
def test_a_model_that_is_not_there_stops_the_pod(
    s3: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], uri: str, told: str
) -> None:
    assert main([uri, str(tmp_path)]) == 1
    assert told in capsys.readouterr().err


def test_a_key_cannot_write_elsewhere(s3: Any, tmp_path: Path) -> None:
    s3.put_object(Bucket="artifacts", Key="models/bad/1/../../../../x", Body=b"")
    with pytest.raises(ValueError, match="leads out of"):
        fetch("s3://artifacts/models/bad/1", tmp_path, s3)


def test_only_the_files_that_were_promoted_are_served(
    s3: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = "s3://artifacts/models/fraud/1"
    promoted = artifacts.read(uri).digest
    assert main([uri, str(tmp_path), promoted]) == 0
    s3.put_object(Bucket="artifacts", Key="models/fraud/1/deep/a", Body=b"another")
    assert main([uri, str(tmp_path), promoted]) == 1
    assert f"{promoted} is what may be served" in capsys.readouterr().err
