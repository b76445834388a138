"""The store that nobody can rewrite: a bucket with object lock."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from policies.evidence.bundle import MANIFEST, Link, digest


class StoreError(Exception):
    """The bucket does not keep what is put there; the message says why."""


class Store:
    """A prefix of a bucket whose objects cannot be deleted or overwritten until their retention ends."""

    def __init__(self, client: Any, address: str) -> None:
        """Look at the bucket of an address such as `s3://bucket/evidence`.

        Raises:
            StoreError: It is no such address, or the bucket has no default retention.
        """
        self._client = client
        scheme, _, rest = address.partition("://")
        self._bucket, _, prefix = rest.partition("/")
        self._prefix = prefix.strip("/")
        if scheme != "s3" or not self._bucket:
            raise StoreError(f"{address}: must be s3://BUCKET/PREFIX")
        try:
            found = client.get_object_lock_configuration(Bucket=self._bucket)["ObjectLockConfiguration"]
        except ClientError as error:
            found, code = {}, error.response["Error"]["Code"]
            if code != "ObjectLockConfigurationNotFoundError":
                raise StoreError(f"{address}: {code}") from None
        self.retention: Mapping[str, Any] = found.get("Rule", {}).get("DefaultRetention", {})
        if not self.retention:
            raise StoreError(f"{address}: the bucket has no object lock with a default retention")

    def last(self) -> Link | None:
        """The youngest bundle in the store."""
        names = sorted(self._names(), key=lambda name: (name.rpartition("-")[2], name))
        if not names:
            return None
        body = self._client.get_object(Bucket=self._bucket, Key=self._key(names[-1], MANIFEST))["Body"].read()
        return Link(names[-1], digest(body))

    def put(self, bundle: Path) -> int:
        """Put a bundle there, the manifest last, and return the number of files."""
        files = sorted(bundle.iterdir(), key=lambda file: file.name == MANIFEST)
        for file in files:
            key = self._key(bundle.name, file.name)
            self._client.put_object(Bucket=self._bucket, Key=key, Body=file.read_bytes(), ChecksumAlgorithm="SHA256")
        return len(files)

    def _key(self, *parts: str) -> str:
        return "/".join(filter(None, (self._prefix, *parts)))

    def _names(self) -> Iterator[str]:
        prefix = f"{self._prefix}/" if self._prefix else ""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for item in (item for page in pages for item in page.get("Contents", ())):
            name, _, file = item["Key"].removeprefix(prefix).partition("/")
            if file == MANIFEST:
                yield name
