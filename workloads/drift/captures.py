"""Reads what InferenceCapture has delivered, and the reference data beside it."""

import gzip
import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd  # pyright: ignore[reportMissingImports]

log = logging.getLogger("drift")

MAX_ROWS = 50_000
"""Rows of a window that are judged at most, the newest: enough for any of the tests, and a bound on memory."""


def versions(s3: Any, captures_uri: str, model: str) -> list[str]:
    """Versions of a model of which there are captures, of any time."""
    bucket, prefix = split(f"{captures_uri}/{model}/")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    found = (one["Prefix"] for page in pages for one in page.get("CommonPrefixes", ()))
    return sorted((one.removeprefix(prefix).rstrip("/") for one in found), key=lambda one: (len(one), one))


def window(s3: Any, captures_uri: str, model: str, version: str, start: datetime, end: datetime) -> "pd.DataFrame":
    """Predictions from `start` to `end`, in UTC: a row each, its inputs and outputs the columns."""
    rows: list[dict[str, Any]] = []
    for record in _records(s3, captures_uri, model, version, start, end):
        if start <= record["time"] <= end:
            rows.extend(record["rows"])
        if len(rows) >= MAX_ROWS:
            break
    return pd.DataFrame(rows[:MAX_ROWS])


def reference(s3: Any, uri: str) -> tuple[str, "pd.DataFrame"]:
    """The newest CSV or Parquet file below a URI, and what identifies it.

    Raises:
        ValueError: There is none.
    """
    bucket, _ = split(uri)
    files = [one for one in _objects(s3, uri) if one["Key"].endswith((".csv", ".parquet"))]
    if not files:
        raise ValueError(f"{uri} has no .csv or .parquet file; put the data there that the model was trained on")
    newest = max(files, key=lambda one: one["LastModified"])
    body = io.BytesIO(s3.get_object(Bucket=bucket, Key=newest["Key"])["Body"].read())
    read = pd.read_csv if newest["Key"].endswith(".csv") else pd.read_parquet
    return newest["Key"], read(body)


def newest(s3: Any, uri: str) -> float | None:
    """When the newest object below a URI was written, seconds since 1970; none if there is none."""
    return max((one["LastModified"].timestamp() for one in _objects(s3, uri)), default=None)


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


def _records(
    s3: Any, captures_uri: str, model: str, version: str, start: datetime, end: datetime
) -> Iterator[dict[str, Any]]:
    """Records of the objects that may hold some of the window, the newest objects first."""
    # Firehose names the day by when a record arrived, so the first day of a window has none that is older.
    days = (end.astimezone(UTC).date() - start.astimezone(UTC).date()).days
    for back in range(days + 1):
        day = end.astimezone(UTC).date() - timedelta(days=back)
        uri = f"{captures_uri}/{model}/{version}/{day:%Y/%m/%d}/"
        found = [one for one in _objects(s3, uri) if one["LastModified"] >= start - timedelta(seconds=1)]
        for one in sorted(found, key=lambda one: one["LastModified"], reverse=True):
            bucket, _ = split(uri)
            body = s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
            for line in gzip.decompress(body).splitlines():
                try:
                    record = json.loads(line)
                    rows = [{**row["inputs"], **row["outputs"]} for row in record["rows"]]
                    yield {"time": datetime.fromisoformat(record["time"]), "rows": rows}
                except (ValueError, TypeError, KeyError):
                    log.warning("s3://%s/%s has a line that is no captured prediction", bucket, one["Key"])


def _objects(s3: Any, uri: str) -> Iterator[dict[str, Any]]:
    bucket, prefix = split(uri)
    # Without the slash `fraud` would be read together with `fraud-2`.
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix.rstrip('/')}/"):
        yield from page.get("Contents", ())
