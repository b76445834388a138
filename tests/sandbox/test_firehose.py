"""What the emulated Firehose makes of records, as the capture's stream has it configured."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from components.inference_capture import DAY, ERRORS, PREFIX, processors
from sandbox.firehose import objects

NOW = datetime(2026, 8, 1, 23, 59, tzinfo=UTC)
CAPTURE: dict[str, Any] = {
    "Prefix": f"{PREFIX}/!{{partitionKeyFromQuery:model}}/!{{partitionKeyFromQuery:version}}/{DAY}/",
    "ErrorOutputPrefix": f"{ERRORS}/!{{firehose:error-output-type}}/{DAY}/",
    "CompressionFormat": "GZIP",
    "ProcessingConfiguration": {
        "Processors": [
            {
                "Type": one["type"],
                "Parameters": [
                    {"ParameterName": given["parameter_name"], "ParameterValue": given["parameter_value"]}
                    for given in one["parameters"]
                ],
            }
            for one in processors()
        ]
    },
}


def delivered(*records: Any) -> dict[str, list[Any]]:
    """Folder to the lines of its one object."""
    raw = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    found = objects("capture", CAPTURE, raw, NOW)
    assert all(key.endswith(".gz") for key in found)
    return {key.rpartition("/")[0]: gzip.decompress(body).decode().splitlines() for key, body in found.items()}


def test_records_lie_by_model_version_and_day_a_line_each() -> None:
    a, b, other = ({"model": "fraud", "version": "3", "id": number} for number in range(3))
    found = delivered(a, b, {**other, "version": "4"})
    assert {folder: [json.loads(line)["id"] for line in lines] for folder, lines in found.items()} == {
        "captures/fraud/3/2026/08/01": [0, 1],
        "captures/fraud/4/2026/08/01": [2],
    }


@pytest.mark.parametrize("record", [{"model": "fraud"}, {"model": "fraud", "version": ""}, [], b"no json"])
def test_a_record_that_names_no_version_is_an_error(record: Any) -> None:
    assert list(delivered(record)) == ["errors/metadata-extraction-failed/2026/08/01"]


def test_a_stream_without_any_of_this_gets_what_was_put_by_the_hour() -> None:
    ((key, body),) = objects("raw", {"Prefix": "in/"}, [b"a", b"b"], NOW).items()
    assert key.startswith("in/2026/08/01/23/raw-1-2026-08-01-23-59-00-")
    assert body == b"ab"
