"""The state backend keeps what an engine sends it, whatever is killed and whenever."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from sandbox import claims
from sandbox.backend.process import Backend
from sandbox.backend.replay import BEGIN, FAILURE, OUTPUTS, REBUILT_BASE, REFRESHED, SUCCESS, ReplayError, replay
from sandbox.backend.store import EMPTY
from sandbox.place import Place
from sandbox.processes import alive
from tests.sandbox.conftest import until

STACK = "/api/stacks/organization/shop/dev"
UPDATE = f"{STACK}/update/update-1"
MAKING = {"type": "creating", "resource": {"urn": "made"}}


def resource(urn: str, **fields: Any) -> dict[str, Any]:
    return {"urn": urn, **fields}


def entry(number: int, kind: int, id_: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "sequenceID": number,
        "kind": kind,
        "operationID": id_,
        "removeOld": None,
        "removeNew": None,
        **fields,
    }


def state(*resources: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"version": 3, "deployment": {"resources": list(resources), **fields}}


@pytest.mark.parametrize(
    ("before", "entries", "resources"),
    [
        pytest.param([], [entry(1, SUCCESS, 1, state=resource("a"))], [resource("a")], id="created"),
        pytest.param(
            [resource("a", id="1"), resource("b")],
            [entry(1, SUCCESS, 1, state=resource("a", id="2"), removeOld=0)],
            [resource("a", id="2"), resource("b")],
            id="updated",
        ),
        pytest.param(
            [resource("a"), resource("b")], [entry(1, SUCCESS, 1, removeOld=0)], [resource("b")], id="deleted"
        ),
        pytest.param([resource("a")], [entry(1, FAILURE, 1, removeOld=0)], [resource("a")], id="failed"),
        pytest.param(
            [],
            [entry(1, SUCCESS, 1, state=resource("a")), entry(2, SUCCESS, 2, removeNew=1)],
            [],
            id="created, then deleted",
        ),
        pytest.param(
            [resource("a", id="1")],
            [entry(1, SUCCESS, 1, state=resource("a", id="2"), deleteOld=0)],
            [resource("a", id="2"), resource("a", id="1", delete=True)],
            id="replaced, the old one not deleted yet",
        ),
        pytest.param(
            [resource("a", id="1")],
            [entry(1, SUCCESS, 1, pendingReplacementOld=0)],
            [resource("a", id="1", pendingReplacement=True)],
            id="deleted before it is replaced",
        ),
        pytest.param(
            [resource("a")],
            [
                entry(1, SUCCESS, 1, state=resource("b")),
                entry(2, OUTPUTS, 2, state=resource("b", outputs={"x": 1}), removeNew=1),
            ],
            [resource("b", outputs={"x": 1}), resource("a")],
            id="outputs of a component",
        ),
        pytest.param(
            [resource("a"), resource("b", parent="a", dependencies=["a"], propertyDependencies={"x": ["a"]})],
            [entry(1, REFRESHED, 1, removeOld=0)],
            [resource("b")],
            id="found gone by a refresh",
        ),
        pytest.param(
            [resource("a")],
            [entry(1, SUCCESS, 1, state=resource("b")), entry(2, REBUILT_BASE), entry(3, SUCCESS, 2, removeOld=1)],
            [resource("b")],
            id="indices after the base was rebuilt",
        ),
        pytest.param(
            [resource("s::p::t::old"), resource("s::p::t::b", dependencies=["s::p::t::old"])],
            [entry(1, SUCCESS, 1, removeOld=0, state=resource("s::p::t::new", aliases=["s::p::t::old"]))],
            [resource("s::p::t::new"), resource("s::p::t::b", dependencies=["s::p::t::new"])],
            id="renamed",
        ),
    ],
)
def test_entries_change_the_state(before: list[Any], entries: list[Any], resources: list[Any]) -> None:
    assert replay(state(*before), entries)["deployment"]["resources"] == resources


def test_what_an_engine_was_making_when_it_died_stays_known() -> None:
    making = entry(1, BEGIN, 1, operation=MAKING)
    assert replay(state(), [making])["deployment"]["pending_operations"] == [MAKING]
    done = [making, entry(2, SUCCESS, 1, state=resource("made"))]
    assert replay(state(), done)["deployment"]["pending_operations"] == []
    # A create that nobody has looked after stays through later updates; whatever else was begun does not.
    before = [MAKING, {"type": "deleting", "resource": {"urn": "gone"}}]
    after = replay(state(pending_operations=before), [entry(1, SUCCESS, 1, state=resource("other"))])
    assert after["deployment"]["pending_operations"] == [MAKING]


def test_an_entry_that_comes_twice_counts_once() -> None:
    made = entry(1, SUCCESS, 1, state=resource("a"))
    rebuilt = [made, entry(2, REBUILT_BASE), made]
    assert replay(state(), rebuilt)["deployment"]["resources"] == [resource("a")]


def test_an_older_engine_refuses_a_state_it_would_spoil() -> None:
    hooked = replay(state(), [entry(1, SUCCESS, 1, state=resource("a", resourceHooks={"x": ["y"]}))])
    assert (hooked["version"], hooked["features"]) == (4, ["hooks"])


def test_an_unknown_kind_of_entry_is_named() -> None:
    with pytest.raises(ReplayError, match="kind 99: allowed: 0 to 9"):
        replay(state(), [entry(1, 99)])


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    made = Backend(Place(tmp_path, "local"))
    yield made
    made.stop()


Call = Callable[..., Any]


@pytest.fixture
def call(backend: Backend) -> Call:
    """Send a request as the engine does, starting the backend if it does not run; the decoded answer."""

    def send(method: str, path: str, body: Any = None, packed: bool = False) -> Any:
        data = json.dumps(body).encode()
        headers = {"User-Agent": "pulumi-cli/1 (v3.259.0; linux)", "Content-Type": "application/json"}
        headers |= {"Content-Encoding": "gzip"} if packed else {}
        address = backend.start() + path
        request = urllib.request.Request(address, gzip.compress(data) if packed else data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)["message"]

    return send


@pytest.fixture
def updating(call: Call) -> Call:
    """The same, with an update of a stack that has begun."""
    call("POST", "/api/stacks/organization/shop", {"stackName": "dev"})
    assert call("POST", UPDATE, {"journalVersion": 1})["journalVersion"] == 1
    return call


def made(call: Call) -> list[str]:
    return [one["urn"] for one in call("GET", f"{STACK}/export")["deployment"].get("resources") or ()]


def append(call: Call, number: int, urn: str) -> Any:
    entries = [entry(number, SUCCESS, number, state=resource(urn))]
    return call("PATCH", f"{UPDATE}/journalentries", {"entries": entries}, packed=True)


def test_what_was_acknowledged_outlives_a_killed_backend(updating: Call, backend: Backend) -> None:
    append(updating, 1, "a")
    process = backend.process
    assert process
    os.kill(process["pid"], signal.SIGKILL)
    until(lambda: not claims.held(backend._record), what="a killed process holds its record")
    append(updating, 2, "b")  # the engine tries again, and hears from the next process
    assert backend.process != process
    assert made(updating) == ["a", "b"]
    updating("POST", f"{UPDATE}/complete", {"status": "succeeded"})
    assert made(updating) == ["a", "b"]
    assert updating("GET", STACK)["activeUpdate"] == ""


def test_half_a_line_on_a_full_disk_is_not_part_of_the_state(updating: Call, backend: Backend) -> None:
    append(updating, 1, "a")
    with backend.store.stack("shop", "dev").file.open("a") as journal:
        journal.write('\n{"entries": [{"sequ')
    append(updating, 2, "b")
    assert made(updating) == ["a", "b"]


def test_a_living_engine_keeps_others_out_until_it_is_cancelled(updating: Call) -> None:
    for refused in (("POST", UPDATE, {"journalVersion": 1}), ("POST", f"{STACK}/import", EMPTY), ("DELETE", STACK)):
        code, told = updating(*refused)
        assert (code, told) == (HTTPStatus.CONFLICT, f"an engine (process {os.getpid()}) is changing the stack dev")
    updating("POST", f"{UPDATE}/cancel")
    code, told = append(updating, 1, "a")
    assert (code, told) == (HTTPStatus.CONFLICT, "the update update-1 of the stack dev was cancelled")


def test_a_killed_engine_keeps_nobody_out(updating: Call, backend: Backend) -> None:
    append(updating, 1, "a")
    record = backend.store.stack("shop", "dev").file.with_suffix(".update")
    ended = subprocess.Popen(["true"])
    ended.wait()
    for number, (engine, since) in enumerate(((ended.pid, ""), (os.getpid(), "another process had this number")), 2):
        record.write_text(json.dumps({"id": "update-1", "engine": engine, "since": since}))
        following = UPDATE.replace("update-1", f"update-{number}")
        assert updating("POST", following, {"journalVersion": 1})["token"] == f"update-{number}"
    assert made(updating) == ["a"]


def test_where_processes_cannot_be_told_an_engine_is_alive_as_long_as_its_lease(
    updating: Call, backend: Backend
) -> None:
    stack = backend.store.stack("shop", "dev")
    record = stack.file.with_suffix(".update")
    record.write_text(json.dumps({"id": "update-1", "engine": None, "since": ""}))
    long_ago = time.time() - 600
    os.utime(record, (long_ago, long_ago))
    assert not stack.engine_at_work
    updating("POST", f"{UPDATE}/renew_lease")
    assert stack.engine_at_work


def test_a_stack_with_resources_is_removed_only_by_force(updating: Call) -> None:
    append(updating, 1, "a")
    updating("POST", f"{UPDATE}/complete", {"status": "succeeded"})
    assert updating("DELETE", STACK) == (HTTPStatus.BAD_REQUEST, "Bad Request: Stack still contains resources.")
    assert [one["resourceCount"] for one in updating("GET", "/api/user/stacks?project=shop")["stacks"]] == [1]
    updating("DELETE", f"{STACK}?force=true")
    assert updating("GET", STACK)[0] == HTTPStatus.NOT_FOUND
    assert updating("GET", "/api/user/stacks")["stacks"] == []


def test_what_is_not_answered_says_so(call: Call) -> None:
    call("POST", "/api/stacks/organization/shop", {"stackName": "dev"})
    code, told = call("GET", f"{STACK}/updates")
    assert (code, told.rpartition(": ")[2]) == (HTTPStatus.NOT_FOUND, f"GET {STACK}/updates")
    assert "unset it" in call("POST", UPDATE, {})[1]
    assert "change-secrets-provider passphrase" in call("POST", f"{STACK}/batch-encrypt", {})[1]
    assert call("GET", "/api/stacks/organization/shop/..%2Fx")[0] == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("record", [None, {"pid": 1, "port": 1}, {}])
def test_it_ends_with_its_record(updating: Call, backend: Backend, record: Any) -> None:
    process = backend.process
    assert process
    shutil.rmtree(backend.place.root)
    if record is not None:  # a process that was started meanwhile
        backend._record.write_text(json.dumps(record))
    until(lambda: not alive(process["pid"]), seconds=20)


def test_a_slow_process_is_not_started_twice(backend: Backend) -> None:
    address, process = backend.start(), backend.process
    assert process
    os.kill(process["pid"], signal.SIGSTOP)
    try:
        assert backend.start() == address
        assert backend.process == process
    finally:
        os.kill(process["pid"], signal.SIGCONT)


def test_a_backend_of_another_folder_on_the_same_port_is_not_taken_for_this_one(
    backend: Backend, tmp_path: Path
) -> None:
    backend.start()
    other = Backend(Place(tmp_path / "other", "local"))
    other._record.write_text(backend._record.read_text())
    assert other.process is None
    address = other.start()
    assert address != backend.start()
    other.stop()
    assert backend.process
