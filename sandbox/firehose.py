"""What Firehose does with records on their way to S3, which moto leaves out: partitions, delimiters, compression."""

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.firehose.models import FirehoseBackend
from moto.s3.models import s3_backends

_FIELD = re.compile(r"(\w+)\s*:\s*\.(\w+)")
_EXPRESSION = re.compile(r"!\{(\w[\w-]*):([^}]+)\}")
_CLOCK = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "/": "/", "-": "-"}


def objects(stream: str, destination: Mapping[str, Any], records: Sequence[bytes], now: datetime) -> dict[str, bytes]:
    """Keys of the objects that records become, and what is in them.

    A record without a value for a partition goes below the error prefix. Of the query language only fields of the
    record itself are understood, as in `{model: .model}`, and of formats of time only whole units.
    """
    processors = {
        one["Type"]: {given["ParameterName"]: given["ParameterValue"] for given in one["Parameters"]}
        for one in destination.get("ProcessingConfiguration", {}).get("Processors", [])
    }
    query = processors.get("MetadataExtraction", {}).get("MetadataExtractionQuery", "")
    end = processors.get("AppendDelimiterToRecord", {}).get("Delimiter", "").replace("\\n", "\n").encode()
    found: dict[str, list[bytes]] = defaultdict(list)
    for record in records:
        values = _partition(record, _FIELD.findall(query))
        prefix = destination.get("Prefix", "") if values is not None else destination.get("ErrorOutputPrefix", "")
        found[_written(prefix, values or {}, now)].append(record + end)
    zipped = destination.get("CompressionFormat") == "GZIP"
    return {
        f"{prefix}{stream}-1-{now:%Y-%m-%d-%H-%M-%S}-{uuid4()}{'.gz' if zipped else ''}": (
            gzip.compress(b"".join(lines)) if zipped else b"".join(lines)
        )
        for prefix, lines in found.items()
    }


def _partition(record: bytes, fields: Sequence[tuple[str, str]]) -> dict[str, str] | None:
    try:
        values = json.loads(record) if fields else {}
        found = {key: values[field] for key, field in fields}
    except (ValueError, TypeError, KeyError):
        return None
    return None if any(value in (None, "") for value in found.values()) else {k: str(v) for k, v in found.items()}


def _written(prefix: str, values: Mapping[str, str], now: datetime) -> str:
    """The prefix with its expressions filled in; without any of time Firehose adds the hour."""

    def fill(match: re.Match[str]) -> str:
        space, text = match.groups()
        if space == "timestamp":
            return now.strftime("".join(_CLOCK[part] for part in re.findall(r"[A-Za-z]+|.", text)))
        return values[text] if space == "partitionKeyFromQuery" else "metadata-extraction-failed"

    return _EXPRESSION.sub(fill, prefix) if "!{" in prefix else f"{prefix}{now:%Y/%m/%d/%H}/"


def put_s3_records(
    self: FirehoseBackend, stream: str, version: str, destination: dict[str, Any], records: list[dict[str, bytes]]
) -> list[dict[str, str]]:
    """In place of moto's: deliver at once, without gathering for the stream's interval."""
    bucket = destination["BucketARN"].rpartition(":")[2]
    for key, body in objects(stream, destination, [one["Data"] for one in records], datetime.now(UTC)).items():
        s3_backends[self.account_id][self.partition].put_object(bucket, key, body)
    return [{"RecordId": str(uuid4())} for _ in records]
