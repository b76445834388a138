"""What the sandbox's plugin changes of the calls that it passes on to the official `kubernetes` provider."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.kubernetes import provider
from sandbox.kubernetes.provider import Passing, identity, recorded
from tests.loops import wait

OBJECT = "urn:pulumi:local::ml-platform::ml-platform:index:Tenant$kubernetes:core/v1:ConfigMap::settings"
RELEASE = "urn:pulumi:local::ml-platform::ml-platform:index:Addons$kubernetes:helm.sh/v3:Release::keda"
DETAILS = ("grpc-status-details-bin", b"reasons")


class Official(provider_pb2_grpc.ResourceProviderServicer):
    """Stands for the official provider; it notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.managed: list[dict[str, str]] = []

    async def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema=f"version {request.version}")

    async def Create(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        await context.abort(grpc.StatusCode.UNKNOWN, "not ready", (DETAILS,))

    async def Read(self, request: Any, context: Any) -> Any:
        live = {"metadata": {"name": "settings", "managedFields": self.managed}, "__fieldManager": "invented"}
        return provider_pb2.ReadResponse(id=request.id, properties=struct(live))


class Waiting(Official):
    """Stands for the official provider that waits for an API server.

    Args:
        seconds: How long it waits before it answers; by default for ever.
    """

    def __init__(self, seconds: float = 3600) -> None:
        super().__init__()
        self.given_up = False
        self._seconds = seconds

    async def Check(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            self.given_up = True
            raise
        return provider_pb2.CheckResponse(inputs=request.news)


def struct(value: dict[str, Any]) -> Struct:
    return ParseDict(value, Struct())


def asking(
    official: Official, ask: Callable[[Any], Coroutine[Any, Any, Any]], ready: Callable[[], bool] | None = None
) -> Any:
    """What is answered to a client of the plugin, before which an official provider stands."""

    async def run() -> Any:
        behind, before = grpc.aio.server(), grpc.aio.server()
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(official, behind)
        port = behind.add_insecure_port("127.0.0.1:0")
        await behind.start()
        before.add_generic_rpc_handlers((Passing(grpc.aio.insecure_channel(f"127.0.0.1:{port}"), ready),))
        port = before.add_insecure_port("127.0.0.1:0")
        await before.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                return await ask(provider_pb2_grpc.ResourceProviderStub(channel))
        finally:
            await before.stop(0)
            await behind.stop(0)

    return wait(run())


def test_a_call_of_no_interest_is_passed_on_as_it_is() -> None:
    answer = asking(Official(), lambda stub: stub.GetSchema(provider_pb2.GetSchemaRequest(version=3)))
    assert answer.schema == "version 3"


def test_an_object_is_noted_before_it_is_made_and_an_error_keeps_its_details(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = tmp_path / "creates.jsonl"
    monkeypatch.setenv("MLP_SANDBOX_JOURNAL", str(journal))
    inputs = struct({"metadata": {"namespace": "team", "name": "settings"}})
    official = Official()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        asking(official, lambda stub: stub.Create(provider_pb2.CreateRequest(urn=OBJECT, properties=inputs)))
    assert official.asked[0].properties == inputs
    assert (refused.value.code(), refused.value.details()) == (grpc.StatusCode.UNKNOWN, "not ready")
    assert DETAILS in tuple(refused.value.trailing_metadata())
    assert json.loads(journal.read_text()) == {"urn": OBJECT, "id": "team/settings"}


def test_nothing_is_noted_at_preview(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = tmp_path / "creates.jsonl"
    monkeypatch.setenv("MLP_SANDBOX_JOURNAL", str(journal))
    with pytest.raises(grpc.aio.AioRpcError):
        asking(Official(), lambda stub: stub.Create(provider_pb2.CreateRequest(urn=OBJECT, preview=True)))
    assert not journal.exists()


@pytest.mark.parametrize(
    ("known", "found"),
    [({}, "pulumi-kubernetes-1a2b3c4d"), ({"__fieldManager": "known"}, "invented")],
)
def test_an_object_whose_state_was_lost_keeps_its_field_manager(known: dict[str, Any], found: str) -> None:
    official = Official()
    official.managed = [
        {"manager": "kubectl", "operation": "Apply"},
        {"manager": "pulumi-kubernetes-5e6f7a8b", "operation": "Update"},
        {"manager": "pulumi-kubernetes-1a2b3c4d", "operation": "Apply"},
    ]
    request = provider_pb2.ReadRequest(urn=OBJECT, id="team/settings", properties=struct(known))
    assert asking(official, lambda stub: stub.Read(request)).properties["__fieldManager"] == found


def test_a_release_is_recorded_and_never_reaches_the_official_provider() -> None:
    official, inputs = Official(), struct({"namespace": "keda", "name": "keda", "chart": "keda", "values": {"a": 1}})
    made = asking(official, lambda stub: stub.Create(provider_pb2.CreateRequest(urn=RELEASE, properties=inputs)))
    assert official.asked == []
    assert made.id == "keda/keda"
    state = MessageToDict(made.properties)
    assert state.pop("sandbox")["recordedOnly"]
    assert state == MessageToDict(inputs)


def test_a_release_with_another_name_is_another_release() -> None:
    old, new = ({"namespace": "keda", "name": name, "values": {"size": size}} for name, size in (("a", 1), ("b", 2)))
    request = provider_pb2.DiffRequest(urn=RELEASE, old_inputs=struct(old), news=struct(new))
    assert list(recorded("Diff", request).replaces) == ["name"]  # pyright: ignore[reportAttributeAccessIssue]


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(provider, "LOOK_SECONDS", 0.01)


CHECK = provider_pb2.CheckRequest(urn=OBJECT, news=struct({"a": 1}))


async def given_up(official: Waiting) -> None:
    deadline = time.monotonic() + 10
    while not official.given_up:
        assert time.monotonic() < deadline, "the official provider still waits"
        await asyncio.sleep(0.001)


@pytest.mark.usefixtures("_quick")
def test_a_call_ends_when_the_api_server_is_silent_and_the_official_provider_gives_it_up() -> None:
    official = Waiting()

    async def ask(stub: Any) -> None:
        with pytest.raises(grpc.aio.AioRpcError, match="the sandbox's control plane has ended; run the same command"):
            await stub.Check(CHECK)
        await given_up(official)

    asking(official, ask, lambda: False)
    assert official.asked == [CHECK]


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("ready", [lambda: True, None], ids=["it answers", "none is configured"])
def test_a_long_call_is_waited_for(ready: Callable[[], bool] | None) -> None:
    assert asking(Waiting(seconds=0.2), lambda stub: stub.Check(CHECK), ready).inputs == CHECK.news


@pytest.mark.usefixtures("_quick")
def test_an_api_server_that_is_started_again_ends_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "SILENT_SECONDS", 30.0)
    answers = iter([True, False, False, *[True] * 1000])
    assert asking(Waiting(seconds=0.2), lambda stub: stub.Check(CHECK), lambda: next(answers)).inputs == CHECK.news


def test_a_call_that_the_engine_cancels_is_cancelled_at_the_official_provider() -> None:
    official = Waiting()

    async def ask(stub: Any) -> None:
        call = stub.Check(CHECK)
        while not official.asked:
            await asyncio.sleep(0.001)
        call.cancel()
        await given_up(official)

    asking(official, ask, lambda: True)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"metadata": {"namespace": "team", "name": "a"}}, "team/a"),
        ({"metadata": {"name": "a"}}, "a"),
        ({"namespace": "keda", "name": "keda"}, "keda/keda"),
    ],
)
def test_an_id_is_that_of_the_official_provider(properties: dict[str, Any], expected: str) -> None:
    assert identity(struct(properties)) == expected
