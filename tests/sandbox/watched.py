"""What tests of served models share: a control plane, a Prometheus, and an exporter in the place of the servers'."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from sandbox.kubernetes.client import Client
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import HOST
from sandbox.loop.programs import Programs, prometheus
from sandbox.place import Place
from sandbox.processes import free_port
from sandbox.toolchain import Toolchain

REGION = "eu-central-1"


class Exporter:
    """Serves the series that a function returns, at `port`."""

    def __init__(self, series: Callable[[], str]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text = series().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class World:
    """A control plane with models, and a Prometheus."""

    def __init__(self, client: Client, programs: Programs, tools: Toolchain) -> None:
        self.client, self._programs, self._tools = client, programs, tools
        self._port = free_port(0)
        self.prometheus = f"http://{HOST}:{self._port}"

    def watch(self, port: int) -> None:
        """Start Prometheus, which scrapes an exporter once a second."""
        program = self._tools.tools["prometheus"].path
        assert program
        models = {"honor_labels": True, "static_configs": [{"targets": [f"{HOST}:{port}"]}]}
        prometheus(self._programs, program, self._port, {"models": models}, [])

    def blindfold(self) -> None:
        """Stop Prometheus."""
        self._programs.stop("prometheus")


@contextmanager
def cluster(folder: Path, tools: Toolchain, team: str) -> Iterator[tuple[ControlPlane, Client, Programs]]:
    """A control plane with a team's namespace and a node that has room for every pod, and programs beside it."""
    plane = ControlPlane(Place(folder, "local"), REGION)
    plane.start(tools)
    try:
        client = Client(yaml.safe_load(plane.wait().read_text()))
        client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": team}})
        node = {"name": "node", "annotations": {"kwok.x-k8s.io/node": "fake"}}
        has = {"cpu": "64", "memory": "256Gi", "pods": "200", "ephemeral-storage": "1Ti"}
        sized = {"allocatable": has, "capacity": has}
        client.apply({"apiVersion": "v1", "kind": "Node", "metadata": node, "status": sized})
        with Programs(folder, "", REGION) as programs:
            yield plane, client, programs
    finally:
        plane.stop()
