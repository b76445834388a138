"""Kueue beside the control plane: its configuration, its certificate and its webhooks, at addresses of this machine."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.files import decoded, write_private
from sandbox.kubernetes.client import Client, Object
from sandbox.kubernetes.programs import HOST, QUEUES

GROUP = "kueue.x-k8s.io"
MANIFESTS = "manifests.yaml"
"""The webhooks of Kueue's own release, beside its program."""


def prepare(folder: Path, ports: Mapping[str, int], given: Mapping[str, Any]) -> None:
    """Write the configuration that Kueue reads, and the certificate that its webhooks serve with.

    Args:
        folder: The folder of the control plane.
        ports: The ports of its programs.
        given: Kueue's configuration in the cluster.
    """
    serving = folder / "serving"
    serving.mkdir(exist_ok=True)
    for name, kept in ("tls.crt", "server.pem"), ("tls.key", "server.key"):
        write_private(serving / name, (folder / "certificates" / kept).read_bytes())
    (folder / QUEUES).write_text(json.dumps(configured(given, serving, ports)))


def configured(given: Mapping[str, Any], serving: Path, ports: Mapping[str, int]) -> dict[str, Any]:
    """The configuration of Kueue in the cluster, at addresses of this machine and without an election."""
    return {
        **given,
        "health": {"healthProbeBindAddress": f"{HOST}:{ports['kueue-health']}"},
        "metrics": {**given["metrics"], "bindAddress": f"{HOST}:{ports['kueue-metrics']}"},
        "webhook": {"host": HOST, "port": ports["kueue-webhook"], "certDir": str(serving)},
        "leaderElection": {"leaderElect": False},
    }


def install(folder: Path, program: Path) -> None:
    """Register the webhooks of Kueue, which runs, with the API server.

    Raises:
        ResourceError: The API server refuses a webhook, or does not answer.
    """
    client = Client(yaml.safe_load((folder / "kubeconfig").read_text()))
    authority = (folder / "certificates" / "ca.pem").read_bytes()
    for one in webhooks(program.with_name(MANIFESTS).read_text(), decoded(folder / QUEUES), authority):
        client.apply(one, force=True)


def webhooks(manifests: str, given: Mapping[str, Any], authority: bytes) -> Iterator[Object]:
    """The webhooks of Kueue's release as its chart has them, at the address of a process on this machine.

    Args:
        manifests: `config/components/webhook/manifests.yaml` of Kueue's module.
        given: The configuration that Kueue runs with; webhooks of jobs and pods select the namespaces that it manages.
        authority: Certificate of the authority that has issued Kueue's own.
    """
    address = f"https://{HOST}:{given['webhook']['port']}"
    for one in yaml.safe_load_all(manifests):
        for hook in one["webhooks"]:
            path = hook["clientConfig"]["service"]["path"]
            hook["clientConfig"] = {"url": f"{address}{path}", "caBundle": b64encode(authority).decode()}
            if hook["rules"][0]["apiGroups"] != [GROUP]:
                hook["namespaceSelector"] = given["managedJobsNamespaceSelector"]
        yield {**one, "metadata": {"name": f"kueue-{one['metadata']['name']}"}}
