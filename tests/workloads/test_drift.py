"""The drift exporter as a process: what it says of captures like the reference, unlike it, and of too few of them."""

import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitoring.emitters import drift_job
from sandbox.loop.programs import HOST, Programs
from tests.workloads.conftest import Account, soon
from tests.workloads.drift_world import ROWS, SETTINGS, WINDOW, World, csv, records, table
from tests.workloads.exposition import Exposition
from workloads.drift.models import models

SHARE, DETECTED, COUNT, LAST, QUALITY, TRUTH = (
    "ml_platform_drift_share",
    "ml_platform_drift_detected",
    "ml_platform_drift_rows",
    "ml_platform_drift_last_run_timestamp_seconds",
    "ml_platform_data_quality_failed_share",
    "ml_platform_ground_truth_last_timestamp_seconds",
)


@pytest.fixture(scope="module")
def world(account: Account, programs: Callable[[], Programs], python: Path) -> Iterator[World]:
    with programs() as place, socket.create_server((HOST, 0)) as proxy:
        made = World(account, place, python)

        def listen() -> None:
            with suppress(OSError):
                while True:
                    made.called.append(proxy.accept())

        threading.Thread(target=listen, daemon=True).start()
        made.s3.put_object(Bucket="data", Key="truth/steady/today.csv", Body=b"")
        made.model("steady", table(3000), truth="s3://data/truth/steady")
        made.capture("steady", table())
        made.capture("steady", table(shift=1), version="2")
        made.capture("steady", table(shift=1), ago=WINDOW + 600)
        made.capture("steady-2", table(shift=1))
        made.model("few", table(3000))
        made.capture("few", table(499, shift=1))
        made.model("silent", table(3000))
        made.model("unread", b"")
        made.capture("unread", table())
        made.model("broken", table(3000))
        made.capture("broken", {**table(), "age": ["old"] * ROWS, "country": [None] * ROWS})
        made.model("noisy", table(3000), threshold=0.9)
        made.capture("noisy", records("noisy", "1", table(shift=1), datetime.now(UTC)) + b'no json\n{"rows": 1}\n')
        # Whatever leaves this machine goes through here.
        there = f"http://{HOST}:{proxy.getsockname()[1]}"
        made.start(HTTP_PROXY=there, HTTPS_PROXY=there, NO_PROXY=HOST)
        soon("every model was judged", lambda: made.scrape().value(LAST, model="noisy"), 60)
        yield made


@pytest.fixture
def seen(world: World) -> Exposition:
    return world.scrape()


def test_captures_like_the_reference_are_no_drift(seen: Exposition) -> None:
    steady = {"model": "steady", "version": "1"}
    # Neither what was captured before the window nor the captures of `steady-2` are among them.
    assert seen.value(COUNT, **steady) == ROWS
    assert seen.value(DETECTED, **steady) == 0
    assert seen.value(SHARE, **steady) <= 0.2
    assert seen.value(QUALITY, **steady) == 0


def test_another_version_is_judged_by_itself(seen: Exposition) -> None:
    drifted = {"model": "steady", "version": "2"}
    assert seen.value(COUNT, **drifted) == ROWS
    assert seen.value(DETECTED, **drifted) == 1
    assert seen.value(SHARE, **drifted) == pytest.approx(0.6)


def test_the_threshold_is_the_models_own(seen: Exposition) -> None:
    assert seen.value(SHARE, model="noisy") == pytest.approx(0.6)
    assert seen.value(DETECTED, model="noisy") == 0
    assert seen.value(COUNT, model="noisy") == ROWS


@pytest.mark.parametrize(("model", "rows", "version"), [("few", 499, "1"), ("silent", 0, "none")])
def test_too_few_rows_are_no_verdict(seen: Exposition, model: str, rows: int, version: str) -> None:
    assert [value for labels, value in seen.samples[COUNT] if labels["model"] == model] == [rows]
    assert seen.value(LAST, model=model, version=version) > time.time() - 60
    for name in (SHARE, DETECTED, QUALITY):
        assert [labels for labels, _ in seen.samples[name] if labels["model"] == model] == []


def test_columns_of_which_nothing_can_be_read_fail_their_checks_and_are_no_drift(seen: Exposition) -> None:
    # Two checks of each of the other three columns, and one of each that is lost.
    assert seen.value(QUALITY, model="broken") == pytest.approx(2 / 8)
    assert seen.value(DETECTED, model="broken") == 0


def test_the_newest_true_outcome_is_exposed_where_there_are_some(seen: Exposition) -> None:
    assert seen.value(TRUTH, model="steady", version="1") == pytest.approx(time.time(), abs=120)
    assert {labels["model"] for labels, _ in seen.samples[TRUTH]} == {"steady"}


def test_it_emits_what_the_contract_says(seen: Exposition) -> None:
    own = [metric for metric in drift_job.METRICS if not metric.name.startswith("ml_platform_quality")]
    assert [wrong for metric in own for wrong in seen.departs(metric)] == []


def test_a_model_that_cannot_be_judged_grows_stale_and_the_others_do_not(world: World) -> None:
    before = world.scrape()
    assert not before.value(LAST, model="unread")
    world.s3.delete_object(Bucket="data", Key="reference/few/data.csv")
    stopped = soon("it is stale", lambda: _stale(world, "few"))
    assert stopped.value(COUNT, model="few") == 499
    assert "reference/few has no .csv or .parquet file" in (world.programs.folder / "drift.log").read_text()


def _stale(world: World, model: str) -> Exposition | None:
    """A scrape, if a model's time stood still while another's went on."""
    first = world.scrape()
    after = soon("another run", lambda: _later(world, first))
    return after if after.value(LAST, model=model) == first.value(LAST, model=model) else None


def _later(world: World, first: Exposition) -> Exposition | None:
    now = world.scrape()
    return now if now.value(LAST, model="noisy") > first.value(LAST, model="noisy") else None


def test_a_reference_may_be_parquet_and_the_newest_counts(world: World, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_bytes(csv(table(3000, shift=1)))
    convert = f"import pandas; pandas.read_csv('{tmp_path}/new.csv').to_parquet('{tmp_path}/new.parquet')"
    subprocess.run([str(world.python), "-c", convert], check=True)
    time.sleep(1)  # S3 tells the age of objects in seconds
    world.s3.upload_file(str(tmp_path / "new.parquet"), "data", "reference/noisy/new.parquet")
    soon("the new reference is used", lambda: world.scrape().value(SHARE, model="noisy") < 0.5)


def test_it_connects_to_no_address_outside(world: World) -> None:
    assert world.called == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"threshold": 1.5}, "DRIFT_MODELS.fraud.threshold = 1.5: allowed: over 0, up to 1"),
        ({"minRows": None, "minrows": 3}, "DRIFT_MODELS.fraud has minrows; allowed"),
    ],
)
def test_wrong_settings_are_refused_by_their_name(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        models(json.dumps({"fraud": {"reference": "s3://data/r", **SETTINGS, **given}}))


def test_settings_that_lack_something_are_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("DRIFT_MODELS.fraud lacks minRows, reference; needed")):
        models(json.dumps({"fraud": {name: value for name, value in SETTINGS.items() if name != "minRows"}}))
