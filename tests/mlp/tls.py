"""A server with TLS that stands for an API server."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sandbox.kubernetes import credentials


@contextmanager
def answering(folder: Path, status: int, body: bytes = b"") -> Iterator[tuple[str, bytes, list[str | None]]]:
    """A server with one answer: its address, its authority, and the Authorization header of each request that it gets.

    Args:
        folder: Where its certificates are made.
        status: Status of the answer.
        body: Body of the answer.
    """
    got: list[str | None] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            got.append(self.headers["Authorization"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    credentials.make(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        threading.Thread(target=http.serve_forever, args=[0.05], daemon=True).start()
        yield f"https://127.0.0.1:{http.server_port}", (folder / "ca.pem").read_bytes(), got
        http.shutdown()
