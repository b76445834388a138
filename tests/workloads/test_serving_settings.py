"""What the settings of a service say, seen at the real server that gets the variables of its pod."""

import gzip
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from components._served_plan import IDLE_SECONDS
from sandbox.loop.programs import LoopError, Programs, ask
from tests.workloads import models
from tests.workloads.conftest import soon
from tests.workloads.served import Server, serving, variables

Serve = Callable[..., Any]


SERVICES: dict[str, dict[str, Any]] = {
    "plain": {},
    "bounded": {"limits": {"requestMib": 0.01, "requestSeconds": 1, "requests": 2}},
    "batched": {"server": {"batch": {"size": 3, "milliseconds": 5000}}},
    "parallel": {"server": {"predictions": 2}},
    "small": {"cpus": 1.5},
    "single": {"cpus": 3, "server": {"threads": 1}},
    "warm": {"server": {"warmUp": "first.json"}},
    "named": {"server": {"variables": {"MLSERVER_SERVER_NAME": "credit-office"}}},
}


@pytest.fixture(scope="module")
def pods() -> dict[str, dict[str, str]]:
    """Service to the variables of its server; no account, as what is captured is tried elsewhere."""
    return variables(SERVICES)


@pytest.fixture
def serve(programs: Callable[[], Programs], python: Path, tmp_path: Path, pods: dict[str, dict[str, str]]) -> Serve:
    """Serves a model as a service does."""

    @contextmanager
    def made(service: str, model: Any) -> Iterator[Server]:
        folder = models.saved(model, tmp_path / "model")
        (folder / "first.json").write_text(json.dumps(question(1.0)))
        # A model does not choose what serves it, nor the server's settings.
        (folder / "model-settings.json").write_text('{"name": "other", "implementation": "mlserver.MLModel"}')
        (folder / "settings.json").write_text('{"server_name": "other"}')
        with serving(programs, python, folder, **pods[service]) as server:
            yield server

    return made


def question(*rows: float) -> dict[str, Any]:
    return {"inputs": [{"name": "x", "shape": [len(rows), 1], "datatype": "FP64", "data": list(rows)}]}


def answer(url: str, body: bytes = b"", **headers: str) -> int:
    """Status of a POST."""
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers}, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=30) as found:
            return found.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def at_once(server: Server, *rows: float) -> list[Future[list[Any]]]:
    pool = ThreadPoolExecutor(len(rows))
    return [pool.submit(server.values, row) for row in rows]


def test_no_client_unloads_or_loads_a_model(serve: Serve) -> None:
    with serve("plain", models.Counting()) as server:
        start, name = server.model.split("/v2/")[0], server.model.rpartition("/")[2]
        for path in (f"models/{name}/unload", f"models/{name}/load", "index"):
            assert answer(f"{start}/v2/repository/{path}", b"{}") == 404
        assert ask(f"{server.model}/ready") == ""
        assert server.values(1) == [1]
        # gRPC has the same API, so nothing listens for it.
        assert "gRPC server running" not in server.log


def test_a_server_without_its_model_is_not_ready_and_ends(
    programs: Callable[[], Programs], python: Path, tmp_path: Path
) -> None:
    with pytest.raises(LoopError, match="ended with 1"), serving(programs, python, tmp_path):
        pass


def test_health_and_metrics_are_answered_while_a_model_computes(serve: Serve) -> None:
    with serve("plain", models.Busy()) as server:
        (busy,) = at_once(server, 3)
        time.sleep(0.3)
        for url in (f"{server.model}/ready", server.model.split("/models/")[0] + "/health/live", server.metrics):
            started = time.monotonic()
            ask(url)
            assert time.monotonic() - started < 1
        assert not busy.done()
        assert busy.result() == [3]


def test_what_a_pod_does_not_accept_is_refused_at_once(serve: Serve) -> None:
    with serve("bounded", models.Sleeping()) as server:
        url, large = f"{server.model}/infer", json.dumps(question(*[0.0] * 5000)).encode()
        assert answer(url, large) == 413
        assert answer(url, gzip.compress(large), **{"Content-Encoding": "gzip"}) == 413
        assert answer(url, large, **{"Content-Encoding": "gzip"}) == 400
        small = json.dumps(question(0.0)).encode()
        assert answer(url, gzip.compress(small), **{"Content-Encoding": "gzip"}) == 200
        started = time.monotonic()
        assert answer(url, json.dumps(question(3.0)).encode()) == 504
        assert time.monotonic() - started < 2
        # The thread still sleeps, so two more wait, and a third one is not accepted.
        pool = ThreadPoolExecutor(2)
        waiting = [pool.submit(answer, url, small) for _ in range(2)]
        soon("two wait", lambda: server.scrape().value("rest_server_requests_in_progress") >= 2)
        assert answer(url, small) == 503
        assert [one.result() for one in waiting] == [504, 504]
        failed = "rest_server_requests_total"
        soon("it is counted", lambda: server.scrape().value(failed, status_code="503") == 1)
        assert server.scrape().value(failed, status_code="504") == 3


def test_requests_that_wait_are_computed_together(serve: Serve) -> None:
    with serve("batched", models.Counting()) as server:
        assert [one.result() for one in at_once(server, 1, 2, 3)] == [[3], [3], [3]]


@pytest.mark.parametrize(("service", "predictions"), [("plain", 1), ("parallel", 2)])
def test_as_many_predictions_are_computed_at_once_as_the_setting_says(
    serve: Serve, service: str, predictions: int
) -> None:
    with serve(service, models.Sleeping()) as server:
        assert max(one.result()[0] for one in at_once(server, 1, 1, 1)) == predictions


@pytest.mark.parametrize("service", ["small", "single"])
def test_libraries_have_the_threads_of_the_pod_and_not_of_the_node(serve: Serve, service: str) -> None:
    with serve(service, models.Threads()) as server:
        assert server.values(0) == [1]


def test_the_first_request_is_answered_before_the_pod_is_ready(serve: Serve) -> None:
    with serve("warm", models.Remembering()) as server:
        assert server.values(0) == [1]
        assert server.scrape().value("ml_platform_prediction_value_count") == 1


def test_a_variable_reaches_the_server(serve: Serve) -> None:
    with serve("named", models.Counting()) as server:
        assert ask(server.model.split("/models/")[0])["name"] == "credit-office"


def test_the_server_keeps_a_connection_longer_than_the_load_balancer(
    serve: Serve, pods: dict[str, dict[str, str]]
) -> None:
    with serve("plain", models.Counting()) as server:
        address = urllib.parse.urlsplit(server.model)
        kept = http.client.HTTPConnection(address.netloc, timeout=10)
        for wait in (0, 6):  # uvicorn's own limit is 5 s
            time.sleep(wait)
            kept.request("GET", f"{address.path}/ready")
            assert kept.getresponse().read() == b""
            assert kept.sock is not None
        kept.close()
    assert int(pods["plain"]["SERVING_KEEP_ALIVE_SECONDS"]) > IDLE_SECONDS


def test_a_request_under_way_is_answered_after_sigterm(serve: Serve) -> None:
    with serve("plain", models.Sleeping()) as server:
        (asked,) = at_once(server, 2)
        time.sleep(0.5)
        assert server.end() == 0
        assert asked.result() == [1]
