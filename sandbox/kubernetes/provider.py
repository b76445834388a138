"""The sandbox's `kubernetes` provider: the official one, on the control plane of `MLP_SANDBOX_KUBECONFIG`.

It starts the official program and passes on to it what the engine asks, with three exceptions:
the kubeconfig is the control plane's, whatever the provider's settings say; the id of an object is noted before the
object is made; and Helm releases are recorded in the state only.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc.aio
import yaml
from google.protobuf.empty_pb2 import Empty
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as proto

from sandbox.kubernetes.client import Client
from sandbox.kubernetes.programs import PROVIDER
from sandbox.processes import end_with_parent
from sandbox.serve import journal, until_the_engine_ends
from sandbox.toolchain import Toolbox
from sandbox.values import ResourceError

RELEASE = "kubernetes:helm.sh/v3:Release"
RECORDED = {"recordedOnly": "the containers of a chart do not run here"}
MANAGER = "__fieldManager"
"""Where the official provider keeps the name by which it owns fields of an object."""
REQUESTS: dict[str, Any] = {
    "Check": proto.CheckRequest,
    "Configure": proto.ConfigureRequest,
    "Create": proto.CreateRequest,
    "Delete": proto.DeleteRequest,
    "Diff": proto.DiffRequest,
    "Read": proto.ReadRequest,
    "Update": proto.UpdateRequest,
}
"""The calls that are looked at; all others are passed on as they are."""
STREAMS = ("List",)
START_SECONDS = 60.0
"""How long the control plane may take to answer: it starts while the engine does."""
REQUEST_SECONDS = 180
POLL_SECONDS = 0.1
SILENT_SECONDS = 30.0
"""How long the API server may be silent during a call: its supervisor starts it again within seconds."""
LOOK_SECONDS = 5.0
"""Seconds between two looks whether the API server answers, during a call that has no answer yet."""


class Absent(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine while the official provider is still compiled: the engine starts every plugin of a program.

    It serves an update that leaves out all Kubernetes objects, and no other.
    """

    async def GetPluginInfo(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """The version of the SDK, which the engine has asked for."""
        return plugin_pb2.PluginInfo(version=version("pulumi-kubernetes"))

    async def Configure(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        """Refuse what needs the official provider."""
        await context.abort(grpc.StatusCode.UNAVAILABLE, f"{PROVIDER} is not there; run `mlp up`, which fetches it")

    async def Cancel(self, request: Any, context: grpc.aio.ServicerContext) -> Empty:
        """Nothing is under way."""
        return Empty()


class Passing(grpc.GenericRpcHandler):
    """Passes calls on to the official provider."""

    def __init__(self, channel: grpc.aio.Channel, ready: Callable[[], bool] | None = None) -> None:
        self._channel = channel
        self._ready = ready
        """Whether the API server takes requests; None before `Configure`, which names it."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """The handler of a method; a stream has none, for the official provider has none either."""
        method = str(handler_call_details.method)
        if method.rpartition("/")[2] in STREAMS:
            return None
        return grpc.unary_unary_rpc_method_handler(partial(self._answer, method))

    async def _answer(self, method: str, asked: bytes, context: grpc.aio.ServicerContext) -> bytes:
        name = method.rpartition("/")[2]
        try:
            if name not in REQUESTS:
                return await self._official(method, asked)
            request = REQUESTS[name].FromString(asked)
            if name == "Create" and not request.preview:
                journal(request.urn, identity(request.properties))
            if name == "Configure":
                text, client = await _control_plane()
                request.variables["kubernetes:config:kubeconfig"] = text
                self._ready = client.ready
            elif type_of(request.urn) == RELEASE:
                return recorded(name, request).SerializeToString()
            answer = await self._official(method, request.SerializeToString())
            return owned(request, proto.ReadResponse.FromString(answer)) if name == "Read" else answer
        except grpc.aio.AioRpcError as error:
            await context.abort(error.code(), error.details() or "", tuple(error.trailing_metadata() or ()))
        except ResourceError as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))

    async def _official(self, method: str, asked: bytes) -> bytes:
        """The answer of the official provider, which by itself waits ten minutes for an API server that has ended.

        Raises:
            ResourceError: The API server has ended.
        """
        call = asyncio.ensure_future(self._channel.unary_unary(method)(asked))
        ended = asyncio.ensure_future(self._until_silent())
        try:
            await asyncio.wait({call, ended}, return_when=asyncio.FIRST_COMPLETED)
            if not call.done():
                raise ResourceError("the sandbox's control plane has ended; run the same command again")
            return await call
        finally:  # also if the engine cancels the call: the official provider then gives it up too
            call.cancel()
            ended.cancel()

    async def _until_silent(self) -> None:
        """Return once the API server has not answered for SILENT_SECONDS; before `Configure` none is known."""
        heard = time.monotonic()
        while time.monotonic() - heard <= SILENT_SECONDS:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._ready or await asyncio.to_thread(self._ready):
                heard = time.monotonic()


def type_of(urn: str) -> str:
    """The type of a resource, without the types of its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def identity(properties: Struct) -> str:
    """The id that the official provider gives to an object or a release: `namespace/name`, or `name`."""
    given = MessageToDict(properties)
    named = given.get("metadata", given)
    return "/".join(named[key] for key in ("namespace", "name") if named.get(key))


def recorded(name: str, request: Any) -> Message:
    """The answer to a call about a Helm release, which is a record and nothing else."""
    if name == "Check":
        return proto.CheckResponse(inputs=request.news)
    if name == "Diff":  # the engine compares the inputs itself where the answer leaves open what has changed
        moved = [key for key in ("name", "namespace") if request.old_inputs.fields[key] != request.news.fields[key]]
        return proto.DiffResponse(replaces=moved)
    if name == "Create":
        return proto.CreateResponse(id=identity(request.properties), properties=_record(request.properties))
    if name == "Update":
        return proto.UpdateResponse(properties=_record(request.news))
    if name == "Read":
        return proto.ReadResponse(id=request.id, inputs=request.inputs, properties=_record(request.inputs))
    return Empty()


def owned(request: Any, found: Any) -> bytes:
    """What was read of an object, with the name by which the provider owns it.

    The name is kept in the state only. Where a killed engine has not saved it the official provider invents another,
    and then takes its own fields for those of another manager.
    """
    if found.id and MANAGER not in request.properties:
        metadata = MessageToDict(found.properties.fields["metadata"].struct_value)
        for entry in metadata.get("managedFields", []):
            if entry["operation"] == "Apply" and entry["manager"].startswith("pulumi-kubernetes-"):
                found.properties[MANAGER] = entry["manager"]
    return found.SerializeToString()


def _record(inputs: Struct) -> Struct:
    record = Struct()
    record.CopyFrom(inputs)
    record["sandbox"] = RECORDED
    return record


async def _control_plane() -> tuple[str, Client]:
    """The kubeconfig of the control plane and a client of its API server, once that takes requests.

    Raises:
        ResourceError: It does not run.
    """
    file = Path(os.environ.get("MLP_SANDBOX_KUBECONFIG", ""))
    if not file.is_file():
        raise ResourceError("the sandbox's control plane does not run; start it with `mlp up`")
    text = file.read_text()
    client, deadline = Client(yaml.safe_load(text)), time.monotonic() + START_SECONDS
    while not await asyncio.to_thread(client.ready):
        if time.monotonic() > deadline:
            raise ResourceError(f"the sandbox's API server does not answer within {START_SECONDS:.0f} s")
        await asyncio.sleep(POLL_SECONDS)
    return text, client


def main() -> None:
    """Start the official provider and pass calls on to it; the plugin's entry point."""
    program = Toolbox().look([PROVIDER]).tools[PROVIDER].path
    if not program:
        until_the_engine_ends(partial(provider_pb2_grpc.add_ResourceProviderServicer_to_server, Absent()))
    # By itself it waits 32 s for a list of all kinds, which an API server on a busy machine may take to write.
    patience = {"PULUMI_K8S_CLIENT_TIMEOUT": str(REQUEST_SECONDS)}
    official = subprocess.Popen(
        [program, *sys.argv[1:]], env=os.environ | patience, stdout=subprocess.PIPE, preexec_fn=end_with_parent
    )
    assert official.stdout
    if not (port := official.stdout.readline().decode().strip()):
        sys.exit(f"{program} ended before it served")

    def register(server: grpc.aio.Server) -> None:
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=_GRPC_CHANNEL_OPTIONS)
        server.add_generic_rpc_handlers((Passing(channel),))

    until_the_engine_ends(register, grace_seconds=0)  # what it makes is noted already


if __name__ == "__main__":
    main()
