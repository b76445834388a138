"""What a model's files are: counted and hashed where they lie, because what a run claims can be wrong."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
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
    tags: Mapping[str, str]
    """Path of each file to the ETag of the object that was read."""


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
    hashes, tags, size = dict[str, str](), dict[str, str](), 0
    with _s3(uri) as (s3, bucket, prefix):
        for key in _keys(s3, bucket, prefix):
            hashed = hashlib.sha256()
            found, path = s3.get_object(Bucket=bucket, Key=key), key.removeprefix(prefix)
            for chunk in found["Body"].iter_chunks(CHUNK):
                hashed.update(chunk)
                size += len(chunk)
            hashes[path], tags[path] = hashed.hexdigest(), found["ETag"]
    if not hashes:
        raise ArtifactError(f"{uri}: there is nothing")
    return Files(digest(hashes.items()), size, tags)


def text(uri: str, max_bytes: int) -> str:
    """The text of one file.

    Raises:
        ArtifactError: It is not there, larger than `max_bytes`, no UTF-8, or cannot be read.
    """
    folder, _, name = uri.rpartition("/")
    with _s3(folder) as (s3, bucket, prefix):
        found = s3.get_object(Bucket=bucket, Key=f"{prefix}{name}")
        if found["ContentLength"] > max_bytes:
            raise ArtifactError(f"{uri} has {found['ContentLength']} bytes; allowed: {max_bytes}")
        try:
            return found["Body"].read().decode()
        except UnicodeDecodeError:
            raise ArtifactError(f"{uri} is no UTF-8 text") from None


def publish(source: str, target: str, judged: Files) -> None:
    """Copy the files that were judged to where they are served from, and compare the copy.

    A file that is there stays: a published version never changes. So a copy that was interrupted is completed by the
    next one. A file that changed after it was judged is not copied.

    Raises:
        ArtifactError: The files cannot be copied, or others are there.
    """
    with _s3(source) as (_, from_bucket, from_prefix), _s3(target) as (s3, bucket, prefix):
        there = {key.removeprefix(prefix) for key in _keys(s3, bucket, prefix)}
        for path in sorted({*judged.tags} - there):
            # A managed copy, in parts if one request cannot copy it; S3 shows an object when it is complete.
            place = {"Bucket": from_bucket, "Key": f"{from_prefix}{path}"}
            s3.copy(place, bucket, f"{prefix}{path}", {"CopySourceIfMatch": judged.tags[path]})
    if (found := read(target).digest) != judged.digest:
        raise ArtifactError(f"{target} has {found}, and {judged.digest} was judged: register a new version")


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
