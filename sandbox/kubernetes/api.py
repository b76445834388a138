"""Requests to the API server of a control plane on this machine."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import urllib3

from sandbox.kubernetes import credentials


class Api:
    """An API server, its authority's certificate and the token of a user; it may be asked from several threads."""

    def __init__(self, server: str, token: str, authority: str) -> None:
        self._server = server
        # It knows of no proxy: nobody's settings shall count on the way to this machine.
        self._pool = urllib3.PoolManager(
            maxsize=16, headers={"Authorization": f"Bearer {token}"}, ca_cert_data=authority
        )

    @classmethod
    def of(cls, certificates: Path, port: int) -> Self:
        """The API server at a port, with the credentials in a folder."""
        authority = (certificates / "ca.pem").read_text()
        return cls(f"https://127.0.0.1:{port}", credentials.token(certificates), authority)

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        content: str = "application/json",
        seconds: float = 30,
    ) -> tuple[int, Any]:
        """The status of the answer, and the answer: decoded JSON, or text where it is none.

        Raises:
            OSError: There is no answer.
        """
        headers = {**self._pool.headers, "Content-Type": content}
        data = None if body is None else json.dumps(body)
        try:
            answer = self._pool.request(
                method, self._server + path, body=data, headers=headers, timeout=seconds, retries=1
            )
        except urllib3.exceptions.HTTPError as error:
            raise OSError(f"the sandbox's API server does not answer: {type(error).__name__}") from error
        try:
            return answer.status, answer.json()
        except ValueError:
            return answer.status, answer.data.decode(errors="replace").strip()

    def ask(self, path: str, body: Mapping[str, Any] | None = None, seconds: float = 5) -> Any:
        """The answer to a GET, or to a POST of a body.

        Raises:
            OSError: There is no answer, or it is a refusal.
        """
        status, answer = self.send("GET" if body is None else "POST", path, body, seconds=seconds)
        if status >= 400:
            why = answer.get("message", "") if isinstance(answer, dict) else answer
            raise OSError(f"the API server answered {path} with {status}: {why}")
        return answer

    def ready(self) -> bool:
        """Whether the server says that it is ready."""
        try:
            return self.ask("/readyz", seconds=2) == "ok"
        except OSError:
            return False

    def has(self, path: str) -> bool:
        """Whether there is something at a path."""
        try:
            return bool(self.ask(path))
        except OSError:
            return False
