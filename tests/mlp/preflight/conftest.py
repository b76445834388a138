"""Accounts that `mlp doctor dev` examines."""

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.kubernetes import credentials
from tests.accounts.healthy import healthy
from tests.accounts.world import World


@pytest.fixture
def world(account: boto3.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    return World(account, monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, bytes]]:
    """Address and authority of an API server, which knows nobody."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    folder = tmp_path_factory.mktemp("certificates")
    credentials.make(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as http:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        threading.Thread(target=http.serve_forever, args=[0.05], daemon=True).start()
        yield f"https://127.0.0.1:{http.server_port}", (folder / "ca.pem").read_bytes()
        http.shutdown()


@pytest.fixture
def fine(world: World, server: tuple[str, bytes]) -> World:
    """The account in which dev is up."""
    healthy(world, *server)
    return world
