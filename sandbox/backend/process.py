"""The process of an environment's state backend, seen from outside: started, found, stopped."""

import json
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.backend.store import RECORD, Store
from sandbox.place import Place
from sandbox.processes import end, free_port, runs

STOP_SECONDS = 5


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
        """`pid` and `port` of the process that runs for this folder, or None."""
        try:
            known = json.loads(self._record.read_text())
            return known if runs(known["pid"], str(self.store.folder)) else None
        except (OSError, ValueError, LookupError, TypeError):
            return None

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
        if process := self.process:
            end(process["pid"], STOP_SECONDS)
        self._record.unlink(missing_ok=True)

    def _start(self) -> dict[str, Any]:
        log = self.place.path("logs", "backend.log")
        with socket.create_server(("127.0.0.1", free_port(self._last_port()))) as listening, log.open("ab") as out:
            server = subprocess.Popen(
                [sys.executable, "-m", "sandbox.backend.server", str(listening.fileno()), str(self.store.folder)],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                pass_fds=[listening.fileno()],
            )
            port = listening.getsockname()[1]
        server.returncode = 0  # it outlives this process, which never waits for it
        process = {"pid": server.pid, "port": port}
        new = self._record.with_suffix(".new")
        new.write_text(json.dumps(process))
        new.replace(self._record)  # the process reads it
        return process

    def _last_port(self) -> int:
        try:
            return int(json.loads(self._record.read_text())["port"])
        except (OSError, ValueError, LookupError, TypeError):
            return 0
