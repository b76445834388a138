"""Objects of S3, as the exporter lists, reads and writes them."""

from collections.abc import Iterator
from typing import Any


def split(uri: str) -> tuple[str, str]:
    """Bucket and prefix of an `s3://` URI.

    Raises:
        ValueError: It is none.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, prefix = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValueError(f"{uri!r} is no s3:// URI")
    return bucket, prefix


def objects(s3: Any, uri: str) -> Iterator[dict[str, Any]]:
    """Everything below a URI."""
    bucket, prefix = split(uri)
    # Without the slash `fraud` would be read together with `fraud-2`.
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix.rstrip('/')}/"):
        yield from page.get("Contents", ())


def folders(s3: Any, uri: str) -> list[str]:
    """Names one level below a URI that have something below them, in the order of versions: 2 before 10."""
    bucket, prefix = split(f"{uri}/")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    found = (one["Prefix"] for page in pages for one in page.get("CommonPrefixes", ()))
    return sorted((one.removeprefix(prefix).rstrip("/") for one in found), key=lambda one: (len(one), one))


def newest(s3: Any, uri: str) -> float | None:
    """When the newest object below a URI was written, seconds since 1970; none if there is none."""
    return max((one["LastModified"].timestamp() for one in objects(s3, uri)), default=None)
