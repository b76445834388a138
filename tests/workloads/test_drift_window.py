"""What the drift exporter looks at, all of the window and the version's own reference; what it says of columns."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.loop.programs import Programs
from sandbox.place import CREDENTIALS
from tests.workloads.conftest import REGION, Account, soon
from tests.workloads.drift_world import ROWS, Table, World, csv, records, table
from tests.workloads.exposition import Exposition

ROOT = Path(__file__).parents[2]
DETECTED, COUNT = "ml_platform_drift_detected", "ml_platform_drift_rows"
DISTANCE, LIMIT, DETECTABLE = (f"ml_platform_drift_column_{name}" for name in ("distance", "limit", "detectable"))
LARGE, WIDE = 3000, 130
WINDOW_OF = """
import boto3, collections, json, random, sys
from datetime import UTC, datetime, timedelta
from workloads.drift import captures
captures.ROWS, now = 500, datetime.now(UTC)
rows = captures.window(
    boto3.client("s3"), "s3://data/captures", "spread", "1", now - timedelta(hours=2), now, random.Random(1)
)
ages = collections.Counter(round((now - row.time).total_seconds() / 600) for row in rows)
print(json.dumps(sorted(ages.items())))
"""


def one_request(rows: int) -> bytes:
    """A single request with rows that have all drifted."""
    lines = [json.loads(line) for line in records("batch", "1", table(rows, shift=1), datetime.now(UTC)).splitlines()]
    return json.dumps({**lines[0], "rows": [row for line in lines for row in line["rows"]]}).encode()


def wide(rows: int) -> Table:
    """The table with many more columns."""
    return {**table(rows), **{f"column_{number}": table(rows)["score"] for number in range(WIDE)}}


@pytest.fixture(scope="module")
def world(account: Account, programs: Callable[[], Programs], python: Path) -> Iterator[World]:
    with programs() as place:
        made = World(account, place, python)
        made.model("batch", table(3000))
        made.capture("batch", table(600))
        made.capture("batch", one_request(LARGE))
        made.model("trained", table(3000))
        made.put("reference/trained/1/data.csv", csv(table(3000, shift=1)))
        made.capture("trained", table(shift=1))
        made.capture("trained", table(shift=1), version="2")
        made.model("lost", b"")
        made.put("reference/lost/1/data.csv", csv(table(3000)))
        made.capture("lost", table())
        made.capture("lost", table(), version="2")
        made.model("wide", wide(1000))
        made.capture("wide", wide(600))
        for minutes in range(0, 120, 10):
            made.capture("spread", table(200), ago=60 * minutes + 30)
        made.start()
        soon("every model was judged", lambda: made.scrape().value(COUNT, model="wide"), 60)
        yield made


@pytest.fixture
def seen(world: World) -> Exposition:
    return world.scrape()


def test_a_large_request_does_not_make_the_verdict(seen: Exposition) -> None:
    assert seen.value(COUNT, model="batch") == 600 + 10
    assert seen.samples[DETECTED]
    assert seen.value(DETECTED, model="batch") == 0


def test_rows_are_taken_from_all_of_the_window(world: World) -> None:
    place = {"AWS_ENDPOINT_URL": world.endpoint, "AWS_DEFAULT_REGION": REGION, **CREDENTIALS}
    done = subprocess.run(
        [str(world.python), "-c", WINDOW_OF], cwd=ROOT, env={**os.environ, **place}, capture_output=True, check=True
    )
    ages = dict(json.loads(done.stdout))
    assert sum(ages.values()) == 500
    assert sorted(ages) == list(range(12))
    # 200 of 2400 rows each: 41.7 of 500 expected, standard deviation 5.5.
    assert all(20 < count < 64 for count in ages.values())


def test_a_version_is_compared_with_what_it_was_trained_on(seen: Exposition) -> None:
    assert seen.value(COUNT, model="trained", version="1") == ROWS
    assert seen.value(DETECTED, model="trained", version="1") == 0
    assert seen.value(DETECTED, model="trained", version="2") == 1


def test_a_version_that_cannot_be_judged_does_not_cost_the_others_their_verdict(world: World, seen: Exposition) -> None:
    assert [labels["version"] for labels, _ in seen.samples[DETECTED] if labels["model"] == "lost"] == ["1"]
    log = (world.programs.folder / "drift.log").read_text()
    assert "reference/lost has no .csv or .parquet file for version 2; put the data" in log


def test_each_column_has_its_distance_limit_and_what_could_be_found(seen: Exposition) -> None:
    drifted = {"model": "trained", "version": "2"}
    for column, moved in (("amount", True), ("age", True), ("country", True), ("known", False), ("score", False)):
        distance, limit, found = (seen.value(name, **drifted, column=column) for name in (DISTANCE, LIMIT, DETECTABLE))
        assert (distance > limit) == moved, column
        assert 0.05 <= limit < 0.3
        assert 0 < found < 0.5


def test_no_more_than_a_hundred_columns_have_series(world: World, seen: Exposition) -> None:
    assert sum(labels["model"] == "wide" for labels, _ in seen.samples[DISTANCE]) == 100
    assert f"wide 1: 0 of {5 + WIDE} columns have drifted" in report(world, "wide/1")[1]


def report(world: World, version: str) -> tuple[str, str]:
    """Key and text of a report."""
    found = world.s3.list_objects_v2(Bucket="data", Prefix=f"reports/{version}/")["Contents"]
    page = world.s3.get_object(Bucket="data", Key=found[0]["Key"])
    assert page["ContentType"].startswith("text/html")
    return found[0]["Key"], page["Body"].read().decode()


def test_a_report_names_the_columns_and_shows_both_distributions(world: World) -> None:
    key, text = report(world, "trained/2")
    assert "trained 2: 3 of 5 columns have drifted" in text
    assert text.index(">country<") < text.index(">known<")
    assert text.count("(expected)") == text.count("(found)") > 5 * 3
    assert f"s3://data/{key}" in (world.programs.folder / "drift.log").read_text()


def test_a_report_shows_names_as_they_are(python: Path) -> None:
    code = """
import numpy, pandas
from datetime import datetime
from workloads.drift.judge import Rule, judge
from workloads.drift.profile import profile
from workloads.drift.report import page
table = pandas.DataFrame({"<script>": ["<b>", "&"] * 500}, dtype=object)
verdict = judge(table, numpy.zeros(1000, int), profile("r", table.copy()), Rule(0.1, 0.05, 0.01, 100))
print(page("m", "1", "r", datetime(2026, 1, 1), verdict))
"""
    text = subprocess.run([str(python), "-c", code], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert "<b>" not in text
