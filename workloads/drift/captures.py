"""Reads a sample of what InferenceCapture has delivered."""

import gzip
import json
import logging
import random
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from workloads.drift import store

log = logging.getLogger("drift")

ROWS = 20_000
"""Rows of a window that are judged at most, a random sample of all of it."""
REQUEST_ROWS = 10
"""Rows of one request that are taken at most, at random: rows of a request are often alike, and a few large requests
would else be most of a window."""
READ_BYTES = 64 << 20
"""Compressed bytes that are read at most; of a window with more a random choice of its objects is read."""


class Row(NamedTuple):
    """A captured prediction."""

    id: str
    number: int
    """Which row of the request, from 0."""
    time: datetime
    inputs: dict[str, Any]
    outputs: dict[str, Any]


def window(
    s3: Any, captures_uri: str, model: str, version: str, start: datetime, end: datetime, rng: random.Random
) -> list[Row]:
    """A random sample of the predictions from `start` to `end`, in UTC.

    Vitter's algorithm R: Random Sampling with a Reservoir, ACM Transactions on Mathematical Software 11, 1985.
    """
    kept: list[Row] = []
    for seen, row in enumerate(_rows(s3, captures_uri, model, version, start, end, rng), 1):
        if len(kept) < ROWS:
            kept.append(row)
        elif (place := rng.randrange(seen)) < ROWS:
            kept[place] = row
    return kept


def _rows(
    s3: Any, captures_uri: str, model: str, version: str, start: datetime, end: datetime, rng: random.Random
) -> Iterator[Row]:
    for bucket, key in _chosen(s3, f"{captures_uri}/{model}/{version}", start, end, rng):
        unreadable = 0
        try:
            with closing(s3.get_object(Bucket=bucket, Key=key)["Body"]) as body, gzip.open(body) as lines:
                for line in lines:
                    try:
                        rows = _request(json.loads(line), start, end, rng)
                    except (ValueError, TypeError, KeyError, AttributeError):
                        unreadable += 1
                    else:
                        yield from rows
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            log.warning("s3://%s/%s cannot be read to its end: %s", bucket, key, error)
        if unreadable:
            log.warning("s3://%s/%s has %d lines that are no captured prediction", bucket, key, unreadable)


def _request(record: dict[str, Any], start: datetime, end: datetime, rng: random.Random) -> list[Row]:
    """Some rows of a request, none if it is not of the window."""
    time = datetime.fromisoformat(record["time"])
    if not start <= time <= end:
        return []
    rows = list(enumerate(record["rows"]))
    chosen = rows if len(rows) <= REQUEST_ROWS else rng.sample(rows, REQUEST_ROWS)
    return [
        Row(str(record.get("id", "")), number, time, {**row["inputs"]}, {**row["outputs"]}) for number, row in chosen
    ]


def _chosen(s3: Any, uri: str, start: datetime, end: datetime, rng: random.Random) -> Iterator[tuple[str, str]]:
    """Bucket and key of the objects to read, in random order."""
    bucket, _ = store.split(uri)
    # Firehose names the day by when a record arrived, so the first day of a window has none that is older.
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = [
        one
        for day in days
        for one in store.objects(s3, f"{uri}/{day:%Y/%m/%d}/")
        if one["LastModified"] >= start - timedelta(seconds=1)
    ]
    rng.shuffle(found)
    size = 0
    for number, one in enumerate(found):
        if size and size + one["Size"] > READ_BYTES:
            log.info("%s: %d of the window's %d objects are read, at random", uri, number, len(found))
            return
        size += one["Size"]
        yield bucket, one["Key"]
