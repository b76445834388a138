"""Serves a sandbox provider to the engine: plain values in and out, plain errors, no life after the engine.

`pulumi.provider.experimental` speaks the plugin protocol; this adds what a life cycle needs beyond it.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

import grpc.aio
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import DiffRequest, Provider
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.values import Properties, ResourceError


def to_plain(value: PropertyValue | Mapping[str, PropertyValue]) -> Any:
    """The plain Python value: whole numbers as int, nulls left out, secrets bare (the engine keeps track of them)."""
    inner = value.value if isinstance(value, PropertyValue) else value
    if isinstance(inner, Mapping):
        return {key: plain for key, item in inner.items() if (plain := to_plain(item)) is not None}
    if isinstance(inner, tuple | list):
        return [to_plain(item) for item in inner]
    return int(inner) if isinstance(inner, float) and inner.is_integer() else inner


def to_property(value: Any) -> PropertyValue:
    """The protocol's value of a plain one."""
    if isinstance(value, dict):
        return PropertyValue({key: to_property(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([to_property(item) for item in value])
    return PropertyValue(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def to_properties(values: Properties) -> dict[str, PropertyValue]:
    """The protocol's map of plain properties; absent ones are left out."""
    return {key: to_property(value) for key, value in values.items() if value is not None}


def journal(urn: str, id_: str | None) -> None:
    """Note what was made, for whoever recovers: the engine, if it is killed now, does not know the id.

    Noted before it is made, without an id, and after; an empty id means that it was not made.
    """
    if file := os.environ.get("MLP_SANDBOX_JOURNAL"):
        with open(file, "a") as lines:
            lines.write(json.dumps({"urn": urn, "id": id_}) + "\n")


_ENGINE = int(os.environ.get("MLP_ENGINE") or os.getppid())
"""The engine, as the plugin's script saw it: it may go while the provider is loaded."""
GRACE_SECONDS = 600.0
"""How long calls may go on after the end has begun."""
POLL_SECONDS = 0.2
"""How often a provider looks whether its engine is still there."""


class _Servicer(ProviderServicer):
    """The framework's servicer with plain errors, and with old inputs in `diff`."""


def _plainly(method: str):
    inherited = getattr(ProviderServicer, method)

    async def call(self: _Servicer, request: Any, context: grpc.aio.ServicerContext) -> Any:
        try:
            return await inherited(self, request, context)
        except Exception as error:
            # The framework wraps every error in its traceback; the cause is what the user can act on.
            cause = error.__context__ or error
            text = str(cause) if isinstance(cause, ResourceError) else str(error)
            await context.abort(grpc.StatusCode.UNKNOWN, text)

    return call


for _method in ("CheckConfig", "Configure", "Invoke", "Check", "Create", "Read", "Update", "Delete"):
    setattr(_Servicer, _method, _plainly(_method))


async def _diff(self: _Servicer, request: Any, context: Any) -> Any:
    # The framework passes the old outputs only, which cannot tell a removed input from a computed output.
    request.olds.CopyFrom(request.old_inputs)
    return await ProviderServicer.Diff(self, request, context)


_Servicer.Diff = _diff  # pyright: ignore[reportAttributeAccessIssue]


def serve(provider: Provider, version: str) -> None:
    """Serve a provider until its engine ends."""
    servicer = _Servicer(sys.argv[1:], version, provider, engine_address=sys.argv[1])
    until_the_engine_ends(partial(provider_pb2_grpc.add_ResourceProviderServicer_to_server, servicer))


def until_the_engine_ends(
    register: Callable[[grpc.aio.Server], object], grace_seconds: float = GRACE_SECONDS
) -> NoReturn:
    """Serve until the engine interrupts this process or goes away, then end without a word.

    Calls and threads that are at work come to their end first: what they make has to be written down.

    Args:
        register: Adds what is served to the server; it is called within the event loop.
        grace_seconds: How long these calls may go on; 0 cuts them off.
    """

    async def run() -> None:
        ending = asyncio.Event()
        # The engine interrupts a plugin to end it: `InterruptChildren` in `kill` of resource/plugin/plugin.go.
        for one in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(one, ending.set)
        server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
        register(server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        print(port, flush=True)
        while os.getppid() == _ENGINE and not ending.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(ending.wait(), POLL_SECONDS)
        if grace_seconds:
            await server.stop(grace_seconds)

    asyncio.run(run())
    # The interpreter would tear everything down first: 0.1 s, which the engine waits for, and in which an interrupt
    # would be a traceback.
    os._exit(0)


__all__ = ["DiffRequest", "journal", "serve", "to_plain", "to_properties", "until_the_engine_ends"]
