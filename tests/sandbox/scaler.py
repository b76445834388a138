"""KEDA as its chart starts it, on a control plane of this machine: its operator, and its API of external metrics."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from sandbox.kubernetes.client import Client
from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import HOST
from sandbox.processes import free_ports
from sandbox.toolchain import Toolchain
from tests.charts.pods import objects

OPERATOR, ADAPTER = "keda-operator", "keda-adapter"
NAMESPACE, API = "keda", "v1beta1.external.metrics.k8s.io"
DOORS = ("metrics", "health", "service", "adapter", "adapter-metrics")


class Keda:
    """The two programs; `ports` are those of DOORS."""

    def __init__(self, plane: ControlPlane, tools: Toolchain, folder: Path) -> None:
        self.folder, self.ports = folder, dict(zip(DOORS, free_ports(len(DOORS)), strict=True))
        self._kubeconfig, self._tools = plane.kubeconfig, tools
        self._running: list[subprocess.Popen[bytes]] = []
        kept = plane.folder / "certificates"
        for name, source in ("ca.crt", "ca.pem"), ("tls.crt", "server.pem"), ("tls.key", "server.key"):
            (folder / name).write_bytes((kept / source).read_bytes())
        self._install(Client(yaml.safe_load(plane.kubeconfig.read_text())))

    def start(self) -> None:
        doors = {name: f"{HOST}:{port}" for name, port in self.ports.items()}
        self._run(
            OPERATOR,
            f"--cert-dir={self.folder}",
            f"--metrics-bind-address={doors['metrics']}",
            f"--health-probe-bind-address={doors['health']}",
            f"--metrics-service-bind-address={doors['service']}",
        )
        self._run(
            ADAPTER,
            f"--cert-dir={self.folder}",
            f"--tls-cert-file={self.folder / 'tls.crt'}",
            f"--tls-private-key-file={self.folder / 'tls.key'}",
            f"--bind-address={HOST}",
            f"--secure-port={self.ports['adapter']}",
            f"--port={self.ports['adapter-metrics']}",
            f"--metrics-service-address={doors['service']}",
            *(f"--{name}-kubeconfig={self._kubeconfig}" for name in ("authentication", "authorization", "lister")),
        )

    def stop(self) -> None:
        for process in self._running:
            process.terminate()
            process.wait(20)

    def _run(self, name: str, *flags: str) -> None:
        variables = {
            "KUBECONFIG": str(self._kubeconfig),
            "WATCH_NAMESPACE": "",
            "POD_NAMESPACE": NAMESPACE,
            "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE,
        }
        program = str(self._tools.tools[name].path)
        with (self.folder / f"{name}.log").open("wb") as log:
            self._running.append(subprocess.Popen([program, *flags], env=variables, stdout=log, stderr=log))

    def _install(self, client: Client) -> None:
        """The definitions that the operator asks for besides its own, and the way to the API of external metrics."""
        client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        program = self._tools.tools[OPERATOR].path
        assert program
        for file in program.parent.glob("*.yaml"):
            client.apply(yaml.safe_load(file.read_text()))
        (api,) = (one for one in objects("dev", "APIService", chart=NAMESPACE) if one["metadata"]["name"] == API)
        name = api["spec"]["service"]["name"]
        client.apply(_service(name))
        # Its certificate is of this machine, not of the Service.
        spec = {**api["spec"], "insecureSkipTLSVerify": True}
        spec["service"] = {**spec["service"], "port": self.ports["adapter"]}
        client.apply({"apiVersion": api["apiVersion"], "kind": "APIService", "metadata": {"name": API}, "spec": spec})


def _service(name: str) -> dict[str, Any]:
    spec = {"type": "ExternalName", "externalName": "localhost"}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec}


@contextmanager
def keda(plane: ControlPlane, tools: Toolchain, folder: Path) -> Iterator[Keda]:
    """KEDA while it runs."""
    made = Keda(plane, tools, folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
