"""What a model's files are: counted and hashed where they lie, because what a run claims can be wrong."""

import hashlib
import os
from collections.abc import Iterable
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


def read(uri: str, client: Any = None) -> Files:
    """Read everything below an `s3://` URI; `MLFLOW_S3_ENDPOINT_URL` names another endpoint, as it does for MLflow.

    Raises:
        ArtifactError: It is elsewhere, holds nothing, or cannot be read.
    """
    parts = urlsplit(uri)
    if parts.scheme != "s3":
        raise ArtifactError(f"{uri}: allowed: s3://...; only there can the gate read the files itself")
    # Half a second, which whoever asks for help need not wait for.
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    prefix = f"{parts.path.strip('/')}/"
    hashes: dict[str, str] = {}
    size = 0
    try:
        s3 = client or boto3.client("s3", endpoint_url=os.environ.get("MLFLOW_S3_ENDPOINT_URL") or None)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=parts.netloc, Prefix=prefix):
            for found in page.get("Contents", []):
                hashed = hashlib.sha256()
                body = s3.get_object(Bucket=parts.netloc, Key=found["Key"])["Body"]
                for chunk in body.iter_chunks(CHUNK):
                    hashed.update(chunk)
                    size += len(chunk)
                hashes[found["Key"].removeprefix(prefix)] = hashed.hexdigest()
    except (BotoCoreError, ClientError) as error:
        raise ArtifactError(f"{uri}: {error}") from None
    if not hashes:
        raise ArtifactError(f"{uri}: there is nothing")
    return Files(digest(hashes.items()), size)
