"""What a model's files are: counted and hashed where they lie, because what a run claims can be wrong."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

CHUNK = 1024 * 1024


class Files(NamedTuple):
    """The files of a model together."""

    digest: str
    """`sha256:...` over the sorted paths and hashes of all files."""
    size_bytes: int
    """Bytes of all files."""


class ArtifactError(Exception):
    """The files cannot be read; the text says where they should be and why not."""


def digest(files: Iterable[tuple[str, str]]) -> str:
    """Digest of a folder.

    Args:
        files: Path, relative to the folder and with slashes, and the hex SHA-256 of each file.
    """
    lines = "".join(f"{hashed}  {path}\n" for path, hashed in sorted(files))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def read(uri: str) -> Files:
    """Read everything below an `s3://` URI; `MLFLOW_S3_ENDPOINT_URL` names another endpoint, as it does for MLflow.

    Raises:
        ArtifactError: It is elsewhere, holds nothing, or cannot be read.
    """
    hashes: dict[str, str] = {}
    size = 0
    with _s3(uri) as (s3, bucket, prefix):
        for key in _keys(s3, bucket, prefix):
            hashed = hashlib.sha256()
            for chunk in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK):
                hashed.update(chunk)
                size += len(chunk)
            hashes[key.removeprefix(prefix)] = hashed.hexdigest()
    if not hashes:
        raise ArtifactError(f"{uri}: there is nothing")
    return Files(digest(hashes.items()), size)


def publish(source: str, target: str, expected: str) -> None:
    """Copy a model's files to where they are served from, and see that they are those that were judged.

    What is already there stays, and must be the same: a published version never changes.

    Raises:
        ArtifactError: They are not, or cannot be copied.
    """
    with _s3(target) as (s3, bucket, prefix):
        if not any(True for _ in _keys(s3, bucket, prefix)):
            with _s3(source) as (_, from_bucket, from_prefix):
                for key in _keys(s3, from_bucket, from_prefix):
                    name = key.removeprefix(from_prefix)
                    # A managed copy, in parts where one request could not copy it.
                    s3.copy({"Bucket": from_bucket, "Key": key}, bucket, f"{prefix}{name}")
    if (found := read(target).digest) != expected:
        raise ArtifactError(f"{target} has {found}, and {expected} was judged: take it away, or register a new version")


def _keys(s3: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        # What ends in a slash is a console's folder, and no file.
        yield from (found["Key"] for found in page.get("Contents", []) if not found["Key"].endswith("/"))


@contextmanager
def _s3(uri: str) -> Iterator[tuple[Any, str, str]]:
    """A client, bucket and prefix; whatever S3 says goes out as an ArtifactError."""
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise ArtifactError(f"{uri}: allowed: s3://...; only there can the gate read the files itself")
    # Half a second, which whoever asks for help need not wait for.
    import boto3
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("s3", endpoint_url=os.environ.get("MLFLOW_S3_ENDPOINT_URL") or None)
        yield client, parts.netloc, f"{parts.path.strip('/')}/"
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise ArtifactError(f"{uri}: {error}") from None
