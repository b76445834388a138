"""Plain requests to the API server, for what the sandbox itself has to ask and to install."""

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.kubernetes import credentials


@dataclass(frozen=True)
class Api:
    """The API server of a control plane, by the folder of its credentials and its port."""

    certificates: Path
    port: int

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificates / "ca.pem"))

    def ask(self, path: str, body: dict[str, Any] | None = None, seconds: float = 5) -> Any:
        """The answer to a GET, or to a POST of a body: decoded JSON, or text where it is none.

        Raises:
            OSError: There is no answer, or none that is a success (`urllib.error.HTTPError`).
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {credentials.token(self.certificates)}"}
        headers |= {"Content-Type": "application/json"} if data else {}
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}{path}", data, headers)
        # Nobody's proxy settings shall count on the way to this machine.
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )
        with opener.open(request, timeout=seconds) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith("{") else text

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
