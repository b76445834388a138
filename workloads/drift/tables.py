"""Reads CSV and Parquet files of any size in parts, and keeps a sample of their rows."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import numpy as np  # pyright: ignore[reportMissingImports]
import pandas as pd  # pyright: ignore[reportMissingImports]
import pyarrow.parquet as parquet  # pyright: ignore[reportMissingImports]

from workloads.drift import store

PART = 10_000
"""Rows that are read at a time."""
DISK = 768 << 20
"""Largest Parquet file, bytes: it is read from /tmp, which has 1 GiB. CSV is read as it comes."""
ENDINGS = (".csv", ".parquet")


def files(s3: Any, uri: str) -> list[dict[str, Any]]:
    """CSV and Parquet files below a URI, the newest first."""
    found = [one for one in store.objects(s3, uri) if one["Key"].endswith(ENDINGS)]
    return sorted(found, key=lambda one: one["LastModified"], reverse=True)


def parts(s3: Any, bucket: str, file: dict[str, Any]) -> Iterator["pd.DataFrame"]:
    """The rows of a file; those of CSV are texts.

    Raises:
        ValueError: A Parquet file is too large.
    """
    key = file["Key"]
    if key.endswith(".csv"):
        with closing(s3.get_object(Bucket=bucket, Key=key)["Body"]) as body:
            yield from pd.read_csv(body, dtype=str, chunksize=PART)
        return
    if file["Size"] > DISK:
        raise ValueError(f"s3://{bucket}/{key} has {file['Size']} bytes; allowed: up to {DISK}; split it, or write CSV")
    with tempfile.TemporaryFile() as copy:
        s3.download_fileobj(bucket, key, copy)
        for batch in parquet.ParquetFile(copy).iter_batches(PART):
            yield batch.to_pandas()


def sample(found: Iterable["pd.DataFrame"], size: int, seed: int = 0) -> "pd.DataFrame":
    """So many of the rows, each with the same chance, in random order.

    Each row gets a random number, and those with the smallest ones stay.
    """
    rng, kept = np.random.default_rng(seed), pd.DataFrame()
    for part in found:
        numbered = part.set_axis(rng.random(len(part)))
        kept = pd.concat([kept, numbered]) if len(kept) else numbered
        if len(kept) > 2 * size:
            kept = kept.sort_index().iloc[:size]
    return kept.sort_index().iloc[:size].reset_index(drop=True)
