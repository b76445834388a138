"""Serves a sandbox provider to the engine: plain values in and out, plain errors, no life after the engine.

`pulumi.provider.experimental` speaks the plugin protocol; this adds what a life cycle needs beyond it. Unknown
values are `UNKNOWN` and travel as the engine's own sentinel string.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import grpc.aio
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import DiffRequest, Provider
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

Properties = dict[str, Any]


class ResourceError(Exception):
    """A failure to be shown to the user as it is, without a traceback."""


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


def is_unknown(value: Any) -> bool:
    """Whether a value, or a part of it, is decided only by the update."""
    if isinstance(value, dict):
        return any(map(is_unknown, value.values()))
    return any(map(is_unknown, value)) if isinstance(value, list) else value == UNKNOWN


def journal(urn: str, id_: str) -> None:
    """Note what was made, for whoever recovers: the engine, if it is killed now, does not know the id."""
    if file := os.environ.get("MLP_SANDBOX_JOURNAL"):
        with open(file, "a") as lines:
            lines.write(json.dumps({"urn": urn, "id": id_}) + "\n")


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
    """Serve until the engine goes away; threads that are at work come to their end."""

    async def run() -> None:
        ended = asyncio.Event()
        # So the engine ends a plugin (`TerminateProcessGroup` in sdk/go/common/util/cmdutil/term.go); without a handler
        # Python prints a traceback, which the engine may show.
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ended.set)
        server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
        servicer = _Servicer(sys.argv[1:], version, provider, engine_address=sys.argv[1])
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        print(port, flush=True)
        engine = os.getppid()
        while os.getppid() == engine and not ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.2)
        await server.stop(None)

    asyncio.run(run())


__all__ = [
    "UNKNOWN",
    "DiffRequest",
    "Properties",
    "ResourceError",
    "is_unknown",
    "journal",
    "serve",
    "to_plain",
    "to_properties",
]
