"""The program: see `workloads/alerts/__init__.py`."""

import json
import logging
import os
import signal
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from botocore.config import Config

from workloads.alerts.events import Malformed, Publisher, PublishError

log = logging.getLogger("alerts")

MAX_BYTES = 1 << 20
"""Largest webhook; Alertmanager's own of a hundred alerts has about 100 KiB."""
SECONDS = 10
"""How long a caller may take to send its request."""


def handler(publisher: Publisher) -> type[BaseHTTPRequestHandler]:
    """What answers: POST / takes a webhook, GET /healthz says that it runs."""

    class Handler(BaseHTTPRequestHandler):
        timeout = SECONDS

        def do_GET(self) -> None:
            self._answer(HTTPStatus.OK if self.path == "/healthz" else HTTPStatus.NOT_FOUND, "")

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/":
                return self._answer(HTTPStatus.NOT_FOUND, "webhooks go to /")
            if not length.isascii() or not length.isdigit():
                return self._answer(HTTPStatus.LENGTH_REQUIRED, "needs a Content-Length")
            if int(length) > MAX_BYTES:
                return self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"allowed: up to {MAX_BYTES} bytes")
            try:
                count = publisher.take(json.loads(self.rfile.read(int(length))))
            except (Malformed, ValueError) as error:
                return self._answer(HTTPStatus.BAD_REQUEST, str(error))
            except PublishError as error:
                # Alertmanager tries again after an answer of this class, and only then.
                return self._answer(HTTPStatus.BAD_GATEWAY, f"the bus took it not: {error}")
            return self._answer(HTTPStatus.OK, f"{count} published")

        def _answer(self, status: HTTPStatus, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")  # what was not read of a request is no new one
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True
            if self.command == "POST":
                log.info("%s %s", status.value, text)

        def log_message(self, format: str, *args: object) -> None:
            """Requests of probes are no news."""

    return Handler


def main(environment: Mapping[str, str] = os.environ) -> None:
    """Serve until asked to end."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    host, _, port = environment.get("WEBHOOK_ADDRESS", "0.0.0.0:8080").rpartition(":")
    config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
    kinds = json.loads(environment["WEBHOOK_ALERTS"])
    publisher = Publisher(
        boto3.client("events", config=config), environment["WEBHOOK_BUS"], environment["WEBHOOK_SOURCE"], kinds
    )
    server = ThreadingHTTPServer((host, int(port)), handler(publisher))
    # `shutdown` waits for `serve_forever`, which runs in the thread that the signal interrupts.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    log.info("webhooks at %s:%s", host, port)
    server.serve_forever()


if __name__ == "__main__":
    main()
