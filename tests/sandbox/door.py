"""What an API server says to an object that is not made: for tests and measurements of admission."""

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any, NamedTuple

import urllib3
import yaml

from sandbox.kubernetes.client import Client


class Answer(NamedTuple):
    """The API server's answer; `warnings` are whole, in order."""

    status: int
    message: str
    warnings: list[str]
    body: Any = None

    @property
    def rules(self) -> set[str]:
        """Ids of the rules that it warns of."""
        return {found for text in self.warnings for found in re.findall(r"': ([A-Z0-9]+-\d\d)\b", text)}


class Door:
    """The API server of a kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.client = Client(config)
        self._server = cluster["server"]
        self._pool = urllib3.PoolManager(
            headers={"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json"},
            ca_cert_data=b64decode(cluster["certificate-authority-data"]).decode(),
        )

    def path(self, given: dict[str, Any]) -> str:
        """Where objects of its kind and namespace are made."""
        kind = self.client.kind(given["apiVersion"], given["kind"])
        assert kind, given["kind"]
        space = f"/namespaces/{given['metadata'].get('namespace', 'default')}" if kind.namespaced else ""
        return f"{kind.path}{space}/{kind.plural}"

    def knock(self, given: dict[str, Any]) -> Answer:
        """Ask to make an object, for show."""
        return self.send("POST", f"{self.path(given)}?dryRun=All", given)

    def send(self, method: str, path: str, given: Any = None, content: str = "application/json") -> Answer:
        body = None if given is None else json.dumps(given)
        headers = {**self._pool.headers, "Content-Type": content}
        answer = self._pool.request(method, self._server + path, body=body, headers=headers)
        body = answer.json()
        message = body.get("message", "") if answer.status >= 400 else ""
        # `299 - "text"`, with quotes and backslashes in the text escaped
        found = [re.findall(r'299 - "((?:[^"\\]|\\.)*)"', value) for value in answer.headers.getlist("Warning")]
        return Answer(
            answer.status, message, [re.sub(r"\\(.)", r"\1", text) for texts in found for text in texts], body
        )
