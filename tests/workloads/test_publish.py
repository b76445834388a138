"""Publishing a model's files: what is served is what was judged, whatever interrupts the copy."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from workloads.promotion.artifacts import ArtifactError, publish, read

FILES = {"MLmodel": b"flavors", "model.bin": b"w" * 100, "data/schema.json": b"{}"}
SOURCE, TARGET = "s3://store/runs/7", "s3://store/models/fraud/7"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="store")
        for path, body in FILES.items():
            client.put_object(Bucket="store", Key=f"runs/7/{path}", Body=body)
        yield client


def published(s3: Any) -> dict[str, bytes]:
    """Path of each published file to its content."""
    prefix = "models/fraud/7/"
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="store", Prefix=prefix).get("Contents", ())]
    return {key.removeprefix(prefix): s3.get_object(Bucket="store", Key=key)["Body"].read() for key in keys}


@pytest.mark.parametrize("step", range(len(FILES) + 1))
def test_a_copy_that_is_killed_at_any_step_is_completed_by_the_next(s3: Any, step: int) -> None:
    judged, copied = read(SOURCE), list[str]()

    def killed(client: Any, place: dict[str, str], bucket: str, key: str, *more: Any) -> None:
        if len(copied) == step:
            raise SystemExit
        copied.append(key)
        client.copy_object(Bucket=bucket, Key=key, CopySource=place)

    with patch("boto3.s3.inject.copy", killed), patch("boto3.client", new_client):
        try:
            publish(SOURCE, TARGET, judged)
        except SystemExit:
            assert len(published(s3)) == step
    publish(SOURCE, TARGET, judged)
    assert published(s3) == FILES


def new_client(service: str, **given: Any) -> Any:
    """A client of a new session: the default one keeps the methods that it was made with."""
    return boto3.Session().client(service, **given)  # pyright: ignore[reportCallIssue, reportArgumentType]


def test_a_file_that_changed_after_it_was_judged_is_not_published(s3: Any) -> None:
    judged = read(SOURCE)
    s3.put_object(Bucket="store", Key="runs/7/MLmodel", Body=b"other")
    with pytest.raises(ArtifactError, match="Precondition Failed"):
        publish(SOURCE, TARGET, judged)
    assert published(s3) == {}


@pytest.mark.parametrize("path", ["MLmodel", "stranger.bin"])
def test_other_files_in_the_place_of_a_version_are_refused_and_stay(s3: Any, path: str) -> None:
    s3.put_object(Bucket="store", Key=f"models/fraud/7/{path}", Body=b"smuggled")
    with pytest.raises(ArtifactError, match="was judged: register a new version"):
        publish(SOURCE, TARGET, read(SOURCE))
    assert published(s3)[path] == b"smuggled"
