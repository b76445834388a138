"""Fetches a model before its server starts: `python -m workloads.fetch s3://BUCKET/PREFIX FOLDER [sha256:DIGEST]`.

With a digest, only what has it is served: it is what was approved, and not what lies there today.
"""

import hashlib
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from workloads.promotion.artifacts import digest


def fetch(uri: str, folder: Path, client: Any) -> int:
    """Download every object below a prefix, each to its path below it; the number of them.

    Args:
        uri: `s3://BUCKET/PREFIX`.
        folder: Where to; it exists.
        client: A boto3 client of S3.

    Raises:
        ValueError: The URI names no prefix of a bucket, there is nothing below it, or a key leads out of the folder.

    """
    found = urlparse(uri)
    prefix = found.path.strip("/")
    if found.scheme != "s3" or not found.netloc or not prefix:
        raise ValueError(f"{uri!r} is no model; allowed: s3://BUCKET/PREFIX")
    done, root = 0, folder.resolve()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=found.netloc, Prefix=f"{prefix}/")
    for key in (one["Key"] for page in pages for one in page.get("Contents", ())):
        path = (root / key.removeprefix(f"{prefix}/")).resolve()
        if key.endswith("/"):
            continue  # a console's folder
        if not path.is_relative_to(root):
            raise ValueError(f"{key!r} leads out of {folder}; remove it from {found.netloc}")
        path.parent.mkdir(parents=True, exist_ok=True)
        client.download_file(found.netloc, key, str(path))
        done += 1
    if not done:
        raise ValueError(f"nothing is below {uri}; was this version registered, and may this role read it?")
    return done


def verify(folder: Path, expected: str) -> None:
    """See that a folder holds what was promoted.

    Raises:
        ValueError: It holds something else.
    """
    found = digest((path.relative_to(folder).as_posix(), _sha256(path)) for path in folder.rglob("*") if path.is_file())
    if found != expected:
        raise ValueError(f"the files have {found}, and {expected} is what may be served")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main(arguments: list[str]) -> int:
    """Fetch, and say how much it was or what is wrong; 0, 1 where it failed, 2 for other arguments."""
    import boto3

    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    uri, folder, *expected = arguments
    try:
        print(f"{fetch(uri, Path(folder), boto3.client('s3'))} objects of {uri}")
        if expected:
            verify(Path(folder), expected[0])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
