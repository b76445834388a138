"""The reference model server as a process: what it answers, measures and captures, and what never gets in its way."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitoring.emitters import mlserver, reference_server
from sandbox.loop.data import FEATURES, payments
from sandbox.loop.programs import Programs, model_server
from sandbox.processes import free_ports
from tests.workloads.conftest import Account, soon
from tests.workloads.exposition import Exposition
from tests.workloads.served import ROWS, Server, captured, serving, silent

CAPTURED = "ml_platform_predictions_captured_total"


@pytest.fixture(scope="module")
def server(programs: Callable[[], Programs], python: Path, folder: Path, stream: dict[str, str]) -> Iterator[Server]:
    with serving(programs, python, folder, **stream) as found:
        yield found


def test_an_answer_is_captured_as_it_was_given(server: Server, account: Account) -> None:
    # The share that is captured is known a moment after the start.
    def ours() -> list[dict[str, Any]]:
        answered = server.infer(id="ours")
        assert answered["model_version"] == "3"
        return [one for one in captured(account) if one["id"] == "ours"]

    found = soon("a capture", ours)[0]
    answer = server.infer()["outputs"][0]
    assert {found["model"], found["version"]} == {"fraud", "3"}
    assert [row["outputs"]["predict_proba"] for row in found["rows"]] == pytest.approx(answer["data"][1::2])
    given = payments(np.random.default_rng(1), ROWS)
    for name in FEATURES:
        assert [row["inputs"][name] for row in found["rows"]] == pytest.approx(given[name].tolist())


def test_it_emits_what_the_contract_says(server: Server) -> None:
    server.infer()
    with pytest.raises(OSError, match=r"400|500"):
        server.infer(inputs=[])
    soon("a captured request", lambda: server.infer() and server.scrape().value(CAPTURED))
    seen = server.scrape()
    never = {"ml_platform_predictions_dropped_total"}  # until something is dropped, there is no reason to name
    metrics = [*mlserver.METRICS, *reference_server.METRICS]
    assert [wrong for one in metrics if one.name not in never for wrong in seen.departs(one)] == []


def test_values_are_counted_one_a_row_and_captures_one_a_request(server: Server) -> None:
    before = soon("what came before is captured", lambda: settled(server))
    answers = [server.infer()["outputs"][0]["data"][1::2] for _ in range(3)]
    after = soon("three captures", lambda: _more(server, before, CAPTURED, 3))

    def grown(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    assert grown("ml_platform_prediction_value_count", output="predict_proba") == 3 * ROWS
    assert grown("ml_platform_prediction_value_sum") == pytest.approx(sum(map(sum, answers)))
    low = sum(value <= 0.3 for answer in answers for value in answer)
    assert grown("ml_platform_prediction_value_bucket", le="0.3") == low
    assert grown(CAPTURED) == 3


def settled(server: Server) -> Exposition | None:
    """A scrape, if nothing was captured for longer than the stream's thread waits."""
    before = server.scrape()
    time.sleep(1)
    return before if server.scrape().value(CAPTURED) == before.value(CAPTURED) else None


def _more(server: Server, before: Exposition, name: str, count: int) -> Exposition | None:
    now = server.scrape()
    return now if now.value(name) >= before.value(name) + count else None


def test_the_share_that_is_captured_changes_while_it_serves(server: Server, account: Account) -> None:
    ssm = account.client("ssm")
    ssm.put_parameter(Name="sampling", Value=json.dumps({"churn": 100}), Overwrite=True)
    try:

        def still() -> bool:
            before = server.scrape().value(CAPTURED)
            server.infer()
            time.sleep(1.5)  # longer than the stream's thread waits
            return server.scrape().value(CAPTURED) == before

        assert soon("nothing is captured any more", still)
    finally:
        ssm.put_parameter(Name="sampling", Value=json.dumps({"fraud": 100}), Overwrite=True)


def test_a_stream_that_does_not_answer_delays_no_request_and_what_is_lost_is_counted(
    programs: Callable[[], Programs], python: Path, folder: Path, stream: dict[str, str]
) -> None:
    with (
        silent() as nowhere,
        serving(
            programs, python, folder, **stream | {"CAPTURE_QUEUE_BYTES": "40000"}, AWS_ENDPOINT_URL_FIREHOSE=nowhere
        ) as server,
    ):

        def dropping() -> float:
            started = time.monotonic()
            server.infer()
            slowest.append(time.monotonic() - started)
            return server.scrape().value("ml_platform_predictions_dropped_total", reason="queue-full")

        slowest: list[float] = []
        soon("requests are dropped", dropping, 40)
        # A second answer of the stream's would take longer than all of these.
        assert max(slowest) < 2
        (metric,) = [one for one in reference_server.METRICS if "dropped" in one.name]
        assert server.scrape().departs(metric) == []


def test_it_refuses_to_capture_without_model_version_and_parameter(
    programs: Callable[[], Programs], python: Path, folder: Path
) -> None:
    port, metrics = free_ports(2)
    names = {"MLSERVER_MODEL_NAME": "fraud", "MLSERVER_MODEL_URI": str(folder), "CAPTURE_STREAM": "capture"}
    with programs() as place:
        model_server(place, python, port, metrics, **names)
        wanted = "needs MLSERVER_MODEL_VERSION, CAPTURE_SAMPLING_PARAMETER too"
        soon("it says what is missing", lambda: wanted in (place.folder / "model-server.log").read_text())
