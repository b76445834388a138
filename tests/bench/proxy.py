"""A proxy on loopback that adds a fixed time to each request, as the way to S3 does, and counts what passes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LEFT_OUT = ("connection", "keep-alive", "transfer-encoding", "content-length")
"""Headers of one connection, which are no part of what is passed on."""


@dataclass
class Traffic:
    """What has passed.

    Attributes:
        address: Where the proxy listens.
        requests: Number of requests.
        sent: Bytes in their bodies.
    """

    address: str
    requests: int = 0
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def line(self) -> str:
        """What has passed, in words."""
        return f"{self.requests:,} requests, {self.sent / 1e6:.0f} MB uploaded"


@contextmanager
def slow(host: str, port: int, seconds: float) -> Iterator[Traffic]:
    """Pass requests on to a server, each after so many seconds."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        upstream: HTTPConnection | None = None

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _pass_on(self) -> None:
            body = self._body()
            with traffic.lock:
                traffic.requests += 1
                traffic.sent += len(body)
            time.sleep(seconds)
            self.upstream = self.upstream or HTTPConnection(host, port)
            headers = {key: value for key, value in self.headers.items() if key.lower() not in LEFT_OUT}
            self.upstream.request(self.command, self.path, body, {**headers, "Content-Length": str(len(body))})
            answer = self.upstream.getresponse()
            content = answer.read()
            self.send_response_only(answer.status, answer.reason)
            for key, value in answer.getheaders():
                if key.lower() not in LEFT_OUT:
                    self.send_header(key, value)
            length = answer.getheader("Content-Length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass_on

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    traffic = Traffic(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield traffic
    finally:
        server.shutdown()
        server.server_close()
