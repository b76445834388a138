"""Reads and writes one stack's state in its S3 bucket, in the layout and with the locks of Pulumi's own S3 backend.

Layout and lock format: `pkg/backend/diy/{state,lock,store}.go` of pulumi/pulumi 3.259. Plain `pulumi` on the same
bucket sees the same stack, and refuses to change it while it is locked.
"""

import getpass
import gzip
import hashlib
import json
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from mlp.places import SessionError
from stacks._fields import PROJECT

STACKS = f".pulumi/stacks/{PROJECT}"
HISTORY = f".pulumi/history/{PROJECT}"
FORMATS = (".json", ".json.gz", ".json.zst")
"""How the engine can store a checkpoint; it decides by PULUMI_DIY_BACKEND_GZIP and PULUMI_DIY_BACKEND_ZSTD."""


def locks_of(stack: str) -> str:
    """Folder of a stack's locks, in a bucket and in a folder alike."""
    return f".pulumi/locks/organization/{PROJECT}/{stack}"


class ForeignWrite(Exception):
    """Another program has written the checkpoint since it was last read or written here."""


@dataclass(frozen=True)
class Checkpoint:
    """A stack's checkpoint: name of its file, content, and the ETag that the bucket gave it, if it lies there."""

    name: str
    body: bytes
    etag: str | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return hashlib.sha256(self.body).hexdigest()

    def parse(self) -> dict[str, Any]:
        """The content as an object.

        Raises:
            SessionError: It is compressed with zstd, which the standard library cannot read.
        """
        if self.name.endswith(".zst"):
            raise SessionError(
                f"{self.name} is compressed with zstd; unset PULUMI_DIY_BACKEND_ZSTD and run `mlp up` once"
            )
        return json.loads(gzip.decompress(self.body) if self.name.endswith(".gz") else self.body)

    @property
    def resources(self) -> list[dict[str, Any]]:
        """The resources of the stack, as the engine's state has them; raises as `parse` does."""
        latest = self.parse()["checkpoint"].get("latest") or {}
        return latest.get("resources") or []


@dataclass(frozen=True)
class StateBucket:
    """The bucket of one account, and the stack in it that is worked on.

    Attributes:
        s3: A boto3 client for S3.
        bucket: Name of the bucket.
        account: Number of the account that must own it.
        stack: Name of the stack.
    """

    s3: Any
    bucket: str
    account: str
    stack: str

    def uri(self, name: str) -> str:
        """Address of a checkpoint's file."""
        return f"s3://{self.bucket}/{STACKS}/{name}"

    def names(self) -> dict[str, str]:
        """File name to ETag of every checkpoint of the project; of one stack's formats only the newest."""
        found = self._list(f"{STACKS}/")
        newest: dict[str, tuple[str, str]] = {}
        for one in sorted(found, key=lambda one: one["LastModified"]):
            name = one["Key"].rpartition("/")[2]
            for format_ in FORMATS:
                if name.endswith(format_):
                    newest[name.removesuffix(format_)] = (name, one["ETag"])
        return dict(newest.values())

    def read(self, name: str) -> Checkpoint:
        """One checkpoint."""
        answer = self.s3.get_object(**self._at(f"{STACKS}/{name}"))
        return Checkpoint(name, answer["Body"].read(), answer["ETag"])

    def write(self, checkpoint: Checkpoint, over: str | None) -> str:
        """Write a checkpoint, and only over the one with a given ETag, or over none; its new ETag.

        Raises:
            ForeignWrite: Another one lies there.
            ClientError: S3 refuses it.
        """
        condition = {"IfMatch": over} if over else {"IfNoneMatch": "*"}
        try:
            answer = self.s3.put_object(**self._at(f"{STACKS}/{checkpoint.name}"), Body=checkpoint.body, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("PreconditionFailed", "NoSuchKey", "412", "404"):
                raise
            return self._ours(checkpoint)
        return answer["ETag"]

    def forget(self, name: str) -> None:
        """Delete a checkpoint in a format that another one has replaced."""
        self.s3.delete_object(**self._at(f"{STACKS}/{name}"))

    def add_history(self, file: Path) -> None:
        """Write one file of the stack's history."""
        self.s3.put_object(**self._at(f"{HISTORY}/{self.stack}/{file.name}"), Body=file.read_bytes())

    def locks(self) -> dict[str, dict[str, Any]]:
        """Name to content of the locks on the stack."""
        found = {one["Key"]: one for one in self._list(f"{locks_of(self.stack)}/")}
        contents = {key: self.s3.get_object(**self._at(key))["Body"].read() for key in found}
        return {key.rpartition("/")[2]: json.loads(content) for key, content in contents.items()}

    def lock(self, name: str) -> None:
        """Write a lock for this process."""
        content = {
            "pid": os.getpid(),
            "username": getpass.getuser(),
            "hostname": socket.gethostname(),
            "timestamp": datetime.now(UTC).isoformat(),
        }
        self.s3.put_object(**self._at(f"{locks_of(self.stack)}/{name}"), Body=json.dumps(content).encode())

    def unlock(self, name: str) -> None:
        """Delete a lock."""
        self.s3.delete_object(**self._at(f"{locks_of(self.stack)}/{name}"))

    def _ours(self, checkpoint: Checkpoint) -> str:
        """The ETag of what lies there, if it is what was to be written: an answer can be lost after the write."""
        try:
            there = self.read(checkpoint.name)
        except self.s3.exceptions.NoSuchKey:
            there = None
        if not there or not there.etag or there.digest != checkpoint.digest:
            raise ForeignWrite
        return there.etag

    def _list(self, prefix: str) -> list[dict[str, Any]]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(**self._in, Prefix=prefix)
        return [one for page in pages for one in page.get("Contents", ())]

    def _at(self, key: str) -> dict[str, str]:
        return {**self._in, "Key": key}

    @property
    def _in(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "ExpectedBucketOwner": self.account}
