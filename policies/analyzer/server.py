"""Serves the analyzer to the engine that started it."""

import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from operator import methodcaller
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import DecodeError
from pulumi.runtime import proto

from policies._operation import Operation
from policies._parent import end_with_parent
from policies.analyzer.servicer import UNREAD, Servicer
from policies.profiles import ProfileError

LARGEST = 400 * 1024 * 1024
"""Bytes of a message, as the engine and its SDKs have it: a stack is one message."""
STACK = 256 * 1024 * 1024
"""Bytes of a thread's stack, taken as they are used: the protobuf library reads 65,535 levels of nesting."""
_METHODS: dict[str, Any] = {
    "Handshake": proto.AnalyzerHandshakeRequest,
    "ConfigureStack": proto.AnalyzerStackConfigureRequest,
    "GetAnalyzerInfo": empty_pb2.Empty,
    "GetPluginInfo": empty_pb2.Empty,
    "Configure": proto.ConfigureAnalyzerRequest,
    "Analyze": proto.AnalyzeRequest,
    "AnalyzeStack": proto.AnalyzeStackRequest,
    "Remediate": proto.AnalyzeRequest,
    "Cancel": empty_pb2.Empty,
}


def serve() -> None:
    """Serve until the engine cancels or ends; a profile that cannot be used ends it at once."""
    end_with_parent()
    try:
        operation = Operation.started()
    except ProfileError as error:
        sys.exit(str(error))
    threading.stack_size(STACK)
    done = threading.Event()
    for ending in (signal.SIGINT, signal.SIGTERM):  # how the engine ends its plugins
        signal.signal(ending, lambda number, frame: done.set())
    server, port = listen(Servicer(operation), done.set)
    print(port, flush=True)  # what the engine waits for
    done.wait()
    server.stop(grace=1).wait()


def listen(servicer: Servicer, cancel: Callable[[], None] = lambda: None) -> tuple[grpc.Server, int]:
    """A server on a port of this machine's choice; `cancel` is called when the engine asks to end."""
    options = [("grpc.max_receive_message_length", LARGEST), ("grpc.max_send_message_length", LARGEST)]
    server = grpc.server(ThreadPoolExecutor(4), options=options)

    def cancelled(request: Any, context: Any) -> empty_pb2.Empty:
        cancel()
        return empty_pb2.Empty()

    handlers = {
        name: grpc.unary_unary_rpc_method_handler(
            cancelled if name == "Cancel" else getattr(servicer, name),
            request_deserializer=_reader(kind),
            response_serializer=methodcaller("SerializeToString"),
        )
        for name, kind in _METHODS.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("pulumirpc.Analyzer", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def _reader(kind: Any) -> Callable[[bytes], Any]:
    """Reads requests; `UNREAD` stands for one that is nested deeper than the library reads, and stops no other."""

    def read(data: bytes) -> Any:
        try:
            return kind.FromString(data)
        except DecodeError:
            return UNREAD

    return read
