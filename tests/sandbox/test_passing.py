"""What the sandbox's plugin changes of the calls that it passes on to the official `kubernetes` provider."""

import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

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


def struct(value: dict[str, Any]) -> Struct:
    return ParseDict(value, Struct())


def asking(official: Official, ask: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
    """What is answered to a client of the plugin, before which an official provider stands."""

    async def run() -> Any:
        behind, before = grpc.aio.server(), grpc.aio.server()
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(official, behind)
        port = behind.add_insecure_port("127.0.0.1:0")
        await behind.start()
        before.add_generic_rpc_handlers((Passing(grpc.aio.insecure_channel(f"127.0.0.1:{port}")),))
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
