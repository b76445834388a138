"""The process of an environment's state backend, seen from outside: started, found, stopped."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import claims
from sandbox.account import AccountError
from sandbox.backend.store import RECORD, Store
from sandbox.files import decoded
from sandbox.place import Place
from sandbox.processes import end_all, free_port, mark, marked

STOP_SECONDS = 5
ROLE = "backend"


@dataclass(frozen=True)
class Backend:
    """The state backend of an environment. Its files outlive its process."""

    place: Place

    @property
    def store(self) -> Store:
        """The stacks, to be looked at; only the process changes them."""
        return Store(self.place.root / "state")

    @property
    def process(self) -> dict[str, Any] | None:
        """`pid` and `port` of the process that has claimed this folder's record, or None."""
        known = decoded(self._record)
        return known if claims.held(self._record) and known.keys() >= {"pid", "port"} else None

    @property
    def _record(self) -> Path:
        return self.place.path(RECORD)

    def start(self) -> str:
        """Start it if it does not run, on the port it last had if that is free; its address, which takes requests."""
        if not (process := self.process):
            process = self._start()
        return f"http://127.0.0.1:{process['port']}"

    def stop(self) -> None:
        """Stop it; the states stay."""
        servers = marked(self.place.root, ROLE)
        self._record.unlink(missing_ok=True)
        end_all(servers, STOP_SECONDS)

    def _start(self) -> dict[str, Any]:
        port, log = decoded(self._record).get("port", 0), self.place.path("logs", "backend.log")
        self.stop()  # a server whose record cannot be read is of no use
        if not (record := claims.claim(self._record)):
            raise AccountError("another command starts the state backend just now; run this one again")
        free = socket.create_server(("127.0.0.1", free_port(port)))
        with record, free as listening:
            command = ["sandbox.backend.server", str(listening.fileno()), str(self.store.folder)]
            variables, inherit = mark(self.place.root, ROLE), [listening.fileno()]
            pid = claims.start(record, self._record, command, log, variables, inherit)
            process = {"pid": pid, "port": listening.getsockname()[1]}
            claims.write(record, process)
        return process
