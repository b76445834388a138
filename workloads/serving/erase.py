"""Deletes the captured rows of one person: `python -m workloads.serving.erase s3://BUCKET/captures/MODEL ...`."""

import argparse
import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import ClientError

from workloads.serving import columns

Row = dict[str, Any]
CHANGED = ("PreconditionFailed", "ConditionalRequestConflict")
"""Answers of S3 to a write whose condition does not hold:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""


class Erased(NamedTuple):
    """What was deleted.

    Attributes:
        rows: Rows.
        objects: Versions of objects that had them.
    """

    rows: int
    objects: int


def erase(s3: Any, uri: str, is_theirs: Callable[[Row], bool], dry_run: bool = False) -> Erased:
    """Delete rows from every version of every object below a URI.

    The current version is replaced by one without the rows and then deleted for good, as is any older version that has
    some. After a kill in between, the next run deletes what is left.

    Args:
        s3: Client of S3.
        uri: `s3://` URI of the captures of a model.
        is_theirs: Whether a row, inputs and outputs apart, is to be deleted.
        dry_run: Only count.

    Raises:
        ValueError: An object has a line that is no captured request, or was changed meanwhile.
    """
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    rows = objects = 0
    for one in list(_versions(s3, bucket, f"{prefix.rstrip('/')}/")):
        version = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
        body, count = _without(s3.get_object(**version)["Body"].read(), is_theirs, f"s3://{bucket}/{one['Key']}")
        if not count:
            continue
        rows, objects = rows + count, objects + 1
        if dry_run:
            continue
        if one["IsLatest"] and body:
            _replace(s3, bucket, one, body)
        s3.delete_object(**version)
    return Erased(rows, objects)


def _versions(s3: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        yield from page.get("Versions", ())


def _without(body: bytes, is_theirs: Callable[[Row], bool], where: str) -> tuple[bytes, int]:
    """An object without the rows, empty if there are no others, and how many it had."""
    kept, count = [], 0
    for line in gzip.decompress(body).splitlines():
        try:
            record = json.loads(line)
            left = [row for row in record["rows"] if not is_theirs(row)]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{where} has a line that is no captured request; look at the object: {error}") from error
        count += len(record["rows"]) - len(left)
        if left:
            kept.append(json.dumps({**record, "rows": left}, separators=(",", ":")).encode() + b"\n")
    return gzip.compress(b"".join(kept)) if kept else b"", count


def _replace(s3: Any, bucket: str, one: dict[str, Any], body: bytes) -> None:
    try:
        s3.put_object(Bucket=bucket, Key=one["Key"], Body=body, IfMatch=one["ETag"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in CHANGED:
            raise
        raise ValueError(f"s3://{bucket}/{one['Key']} was changed meanwhile; run the command again") from error


def main(arguments: list[str] | None = None) -> None:
    """Delete the rows whose column has a value, and print how many there were."""
    parser = argparse.ArgumentParser(prog="python -m workloads.serving.erase", description=__doc__)
    parser.add_argument("uri", help="s3:// URI of the captures of a model")
    parser.add_argument("--column", required=True, help="input column that identifies the person")
    parser.add_argument("--value", required=True, help="the person's value of it, as requests have it")
    parser.add_argument("--key-secret", help="ARN of the secret with the key, if the column is captured as a hash")
    parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")
    given = parser.parse_args(arguments)
    wanted = given.value
    if given.key_secret:
        key = boto3.client("secretsmanager").get_secret_value(SecretId=given.key_secret)["SecretString"]
        wanted = columns.hashed(key.encode(), given.value)

    def is_theirs(row: Row) -> bool:
        value = row["inputs"].get(given.column)
        return value is not None and columns.text(value) == wanted

    done = erase(boto3.client("s3"), given.uri, is_theirs, given.dry_run)
    print(f"{done.rows} rows in {done.objects} objects{' would be' if given.dry_run else ''} erased")


if __name__ == "__main__":
    main()
