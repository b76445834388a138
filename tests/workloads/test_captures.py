"""What the model server captures: in which form, how much of it waits, what is lost at the end, and what is erased."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

import pytest

from sandbox.loop.data import FEATURES
from sandbox.loop.programs import HOST, Programs, ask
from sandbox.place import CREDENTIALS
from tests.workloads.conftest import REGION, Account, soon
from tests.workloads.served import captured, serving, silent, variables

DROPPED = "ml_platform_predictions_dropped_total"
CAPTURED = "ml_platform_predictions_captured_total"
WHO = ("4711", "4712")


def question(who: str, **more: Any) -> dict[str, Any]:
    """A request of one row, with a column that says whom it is about."""
    row = {"customer": [who], **{name: [1.0] for name in FEATURES}}
    types = {"customer": "BYTES"}
    tensors = [
        {"name": name, "shape": [1], "datatype": types.get(name, "FP64"), "data": data} for name, data in row.items()
    ]
    return {"parameters": {"content_type": "pd"}, "inputs": tensors, **more}


SERVICES: dict[str, dict[str, Any]] = {
    "fraud": {},
    "narrow": {"captures": {"queueMib": 16}},
    "discreet": {
        "captures": {
            "columns": ["customer", "amount", "distance_km"],
            "hashed": ["customer"],
            "masked": ["distance_km"],
            "keySecret": "capture-key",
        }
    },
}


@pytest.fixture(scope="module")
def pods(stream: dict[str, str]) -> dict[str, dict[str, str]]:
    """Service to the variables of its server, with what is captured to the stream as of model `fraud`."""
    return {name: {**found, **stream, "MLSERVER_MODEL_NAME": "fraud"} for name, found in variables(SERVICES).items()}


@pytest.fixture(scope="module")
def customers(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is asked with the number of a customer, of which it makes nothing."""
    folder = tmp_path_factory.mktemp("customers")
    subprocess.run([str(python), "-m", "tests.workloads.classifiers", "customers", str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def secret(account: Account) -> str:
    """ARN of the secret with the key that columns are hashed with."""
    return account.client("secretsmanager").create_secret(Name="capture-key", SecretString="pepper")["ARN"]


def of(account: Account, ids: set[str]) -> list[dict[str, Any]]:
    """Rows that were captured of requests."""
    return [row for one in captured(account) if one["id"] in ids for row in one["rows"]]


def test_columns_are_captured_as_the_settings_say_and_rows_of_one_person_are_erased(
    programs: Callable[[], Programs],
    python: Path,
    customers: Path,
    account: Account,
    pods: dict[str, dict[str, str]],
    secret: str,
) -> None:
    ids = {f"of-{who}" for who in WHO}
    with serving(programs, python, customers, **pods["discreet"] | {"CAPTURE_KEY_SECRET": secret}) as server:
        soon("a capture", lambda: ask(f"{server.model}/infer", question("0")) and server.scrape().value(CAPTURED))
        for who in WHO:
            ask(f"{server.model}/infer", question(who, id=f"of-{who}"))
        soon("both are captured", lambda: len(of(account, ids)) == 2)
    rows = of(account, ids)
    assert {frozenset(row["inputs"]) for row in rows} == {frozenset({"customer", "amount", "distance_km"})}
    assert {(row["inputs"]["amount"], row["inputs"]["distance_km"]) for row in rows} == {(1.0, "masked")}
    hashes = {row["inputs"]["customer"] for row in rows}
    assert len(hashes) == 2
    assert not hashes & set(WHO)

    def erase(*more: str) -> str:
        command = [str(python), "-m", "workloads.serving.erase", "s3://captures/captures/fraud", "--column", "customer"]
        found = {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": account.endpoint, "AWS_DEFAULT_REGION": REGION}
        command += ["--value", WHO[0], "--key-secret", secret, *more]
        return subprocess.run(command, env=found, capture_output=True, text=True, check=True).stdout

    assert erase("--dry-run") == "1 rows in 1 objects would be erased\n"
    assert len(of(account, {f"of-{WHO[0]}"})) == 1
    assert erase() == "1 rows in 1 objects erased\n"
    assert of(account, {f"of-{WHO[0]}"}) == []
    assert len(of(account, {f"of-{WHO[1]}"})) == 1
    # Not in an older version of the object either.
    assert erase() == "0 rows in 0 objects erased\n"


def test_what_waits_is_sent_when_the_server_ends(
    programs: Callable[[], Programs], python: Path, folder: Path, account: Account, pods: dict[str, dict[str, str]]
) -> None:
    with serving(programs, python, folder, **pods["fraud"]) as server:
        soon("a capture", lambda: server.infer() and server.scrape().value(CAPTURED))
        for number in range(5):
            server.infer(id=f"late-{number}")
        assert server.end() == 0
    assert len(of(account, {f"late-{number}" for number in range(5)})) == 5 * 20


def test_what_the_stream_does_not_take_at_the_end_is_logged(
    programs: Callable[[], Programs], python: Path, folder: Path, pods: dict[str, dict[str, str]]
) -> None:
    with (
        silent() as nowhere,
        serving(
            programs,
            python,
            folder,
            **pods["fraud"] | {"AWS_ENDPOINT_URL_FIREHOSE": nowhere, "SERVING_FLUSH_SECONDS": "1"},
        ) as server,
    ):
        # The share that is captured is known a moment after the start.
        time.sleep(2)
        server.infer()
        assert server.end() == 0
        assert "requests were not captured: the stream did not take them within 1" in server.log


def test_what_waits_is_bounded_in_memory(
    programs: Callable[[], Programs], python: Path, folder: Path, pods: dict[str, dict[str, str]]
) -> None:
    rows = 4000  # a record that Firehose takes, and 1.5 MB in memory
    with (
        silent() as nowhere,
        serving(
            programs,
            python,
            folder,
            **pods["narrow"] | {"AWS_ENDPOINT_URL_FIREHOSE": nowhere},
        ) as server,
    ):
        soon("requests are dropped", lambda: server.infer(rows) and server.scrape().value(DROPPED, reason="queue-full"))
        before = memory(server.process.pid)
        for _ in range(60):
            server.infer(rows)
        assert memory(server.process.pid) - before < 40 << 20


def memory(process: int) -> int:
    """Bytes of a process that are in memory."""
    (line,) = [one for one in Path(f"/proc/{process}/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) << 10


@contextmanager
def forgetful(endpoint: str) -> Iterator[str]:
    """Firehose that takes each first batch and gives no answer."""
    asked: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            with urlopen(Request(endpoint + self.path, body, headers)) as found:
                text = found.read()
            asked.append(body)
            if asked.count(body) == 1:
                return
            self.send_response(200)
            self.send_header("Content-Type", found.headers["Content-Type"])
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


def test_a_record_that_the_stream_took_twice_says_so(
    programs: Callable[[], Programs], python: Path, folder: Path, account: Account, pods: dict[str, dict[str, str]]
) -> None:
    with (
        forgetful(account.endpoint) as endpoint,
        serving(programs, python, folder, **pods["fraud"] | {"AWS_ENDPOINT_URL_FIREHOSE": endpoint}) as server,
    ):
        soon("a capture", lambda: server.infer() and server.scrape().value(CAPTURED))
        # Two requests with the same id, as of a caller that tries again, are two.
        for _ in range(2):
            server.infer(id="again")

        def again() -> list[str]:
            return [one["capture"] for one in captured(account) if one["id"] == "again"]

        soon("both are captured", lambda: len(set(again())) == 2)
        found = again()
        assert len(found) > len(set(found))
