"""The control plane of an environment, seen from outside: started, waited for, looked at, stopped."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox import claims
from sandbox.files import decoded, write_private
from sandbox.kubernetes.programs import PROGRAM
from sandbox.place import Place
from sandbox.processes import end_all, free_ports, mark, marked
from sandbox.toolchain import Event, Toolbox, Toolchain

START_SECONDS = 120
STOP_SECONDS = 30
SUPERVISOR = "supervisor"
FILES = ("kubeconfig", "plan.json", "installed.json")
CERTIFICATES = ("ca.pem", "server.pem", "server.key", "accounts.key", "tokens.csv")
"""What a control plane cannot be used without, and what is made again if it is gone."""


class ControlPlaneError(Exception):
    """The control plane does not start, or does not run; the message says what to do."""


@dataclass(frozen=True)
class ControlPlane:
    """The control plane of an environment, in a region whose zones its nodes lie in."""

    place: Place
    region: str

    @cached_property
    def folder(self) -> Path:
        """Its folder: data, certificates, kubeconfig, logs."""
        return self.place.root / "kubernetes"

    @property
    def kubeconfig(self) -> Path:
        """The file that leads a client to it."""
        return self.folder / "kubeconfig"

    @property
    def running(self) -> bool:
        """Whether its supervisor runs: as long as it does, it holds the lock."""
        return claims.held(self._lock)

    @property
    def intact(self) -> bool:
        """Whether the files that it is reached by are there and whole; `start` makes them again."""
        whole = all(_filled(self.folder / "certificates" / name) for name in CERTIFICATES)
        return whole and all(decoded(self.folder / name) for name in FILES)

    def require(self) -> None:
        """See that it runs and can be reached.

        Raises:
            ControlPlaneError: It does not run, or its files are damaged; the message names the command for it.
        """
        name, up = self.place.environment_name, self.place.up
        if not self.running:
            raise ControlPlaneError(f"the control plane of {name} does not run; start it with `{up}`")
        if not self.intact:
            raise ControlPlaneError(f"files of the control plane of {name} are damaged; `{up}` makes them again")

    @property
    def id(self) -> str:
        """Names what it holds: another text whenever it has begun anew."""
        with suppress(OSError):
            return self._origin.read_text()
        return ""

    @property
    def programs(self) -> set[str]:
        """Names of the programs that it was last started with."""
        return {*decoded(self.folder / "plan.json").get("programs", ())}

    def start(
        self,
        tools: Toolchain,
        on_event: Callable[[Event], None] = lambda event: None,
        queues: Mapping[str, Any] | None = None,
    ) -> None:
        """Start it if it does not run, without waiting for it.

        Its objects outlive it, but not a change of the pins: a store of other definitions is not read again.

        Args:
            tools: The programs to start, of those that a control plane has.
            on_event: Called with each event while the snapshot that it begins with is made.
            queues: Kueue's configuration in the cluster, if Kueue is among the programs; by default the last one.

        Raises:
            ToolchainError: The snapshot that it begins with cannot be made.
        """
        from sandbox.kubernetes import credentials, snapshot  # half a second, which other verbs need not wait for
        from sandbox.kubernetes.programs import BESIDE, PORTS, START

        if self.running and self.intact:
            return
        self.stop()
        self._unpack(snapshot.ensure(Toolbox(), tools, on_event))
        if not all(_filled(self.folder / "certificates" / name) for name in CERTIFICATES):
            shutil.rmtree(self.folder / "certificates", ignore_errors=True)
        credentials.make(self.folder / "certificates")
        last = (self._record() or {}).get("ports", {})
        ports = dict(zip(PORTS, free_ports(len(PORTS), [last.get(name, 0) for name in PORTS]), strict=True))
        paths = {name: str(tools.tools[name].path) for name in (*START, *BESIDE) if name in tools.tools}
        config = credentials.kubeconfig(self.folder / "certificates", ports["kube-apiserver"])
        write_private(self.kubeconfig, config)
        queues = queues or decoded(self.folder / "plan.json").get("queues", {})
        plan = {"programs": paths, "ports": ports, "region": self.region, "queues": queues}
        (self.folder / "plan.json").write_text(json.dumps(plan))
        if not (lock := claims.claim(self._lock)):
            return  # another command starts it just now
        with lock:
            self._recorded.unlink(missing_ok=True)
            command = ["sandbox.kubernetes.supervisor", str(self.folder)]
            claims.start(lock, self._lock, command, self._log, mark(self.place.root, SUPERVISOR))

    def wait(self) -> Path:
        """The kubeconfig, once pods and nodes can be made.

        Raises:
            ControlPlaneError: It did not become ready; the message names the log.
        """
        deadline = time.monotonic() + START_SECONDS
        while not (record := self._record() or {}).get("ready"):
            if why := record.get("error"):
                raise ControlPlaneError(
                    f"the control plane does not start: {why}\nNext: `mlp reset {self.place.environment_name}`"
                )
            if time.monotonic() > deadline or not self.running:
                raise ControlPlaneError(
                    f"the control plane did not start; its logs are {self._log} and {self.folder / 'logs'}"
                )
            time.sleep(0.05)
        return self.kubeconfig

    def offer(self, types: list[dict[str, Any]]) -> None:
        """Change what instance types there are, and have Karpenter read them again: it is back within seconds."""
        file, text = self.folder / "instance-types.json", json.dumps(types)
        if not file.exists() or file.read_text() != text:
            file.write_text(text)
            for pid in marked(self.place.root, SUPERVISOR):
                os.kill(pid, signal.SIGHUP)

    def stop(self) -> None:
        """Stop it in order; its data stay. What a killed supervisor left running ends too."""
        end_all(marked(self.place.root, SUPERVISOR), STOP_SECONDS)
        self._lock.unlink(missing_ok=True)  # without it a supervisor ends in any case
        end_all(marked(self.place.root, SUPERVISOR, PROGRAM), 5)

    def forget(self) -> None:
        """Stop it, and forget everything it holds."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def status(self) -> dict[str, Any] | None:
        """What runs, or None: `server`, `ready`, `supervisor`, `programs`, `definitions`, `stand_ins`.

        A program has its process, how often it was started again, how it last ended, and its resident memory in MB.
        """
        record = self._record()
        if not record or not self.running:
            return None
        pids = [program["pid"] for program in record["programs"].values() if program["pid"]]
        memory = _memory([record["pid"], *pids])
        return {
            "server": f"https://127.0.0.1:{record['ports']['kube-apiserver']}",
            "kubeconfig": str(self.kubeconfig),
            "ready": record["ready"],
            "supervisor": {"pid": record["pid"], "memory": memory.get(record["pid"], 0)},
            "programs": {
                name: {**program, "memory": memory.get(program["pid"], 0)}
                for name, program in record["programs"].items()
            },
            **({"definitions": {}, "stand_ins": []} | decoded(self.folder / "installed.json")),
        }

    @property
    def _log(self) -> Path:
        return self.place.path("logs", "kubernetes.log")

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"

    @property
    def _origin(self) -> Path:
        return self.folder / "snapshot"

    @property
    def _recorded(self) -> Path:
        return self.folder / "record.json"

    def _record(self) -> dict[str, Any] | None:
        return decoded(self._recorded) or None

    def _unpack(self, entry: Path) -> None:
        """Lay out what a control plane begins with, unless its data come from this snapshot already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        laid_out = (self.folder / "data" / "member").is_dir() and decoded(self.folder / "installed.json")
        stages = [*(self.folder / "stages").glob("*.yaml")]
        if self.id.split()[:1] == [entry.name] and laid_out and stages and all(map(_filled, stages)):
            return
        self._origin.unlink(missing_ok=True)
        for part in ("data", "stages"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
            shutil.copytree(entry / part, self.folder / part)
        (self.folder / "data").chmod(0o700)
        shutil.copy(entry / "installed.json", self.folder)
        (self.folder / "instance-types.json").unlink(missing_ok=True)
        self._origin.write_text(f"{entry.name} {secrets.token_hex(8)}")  # last: half a copy is made again


def _filled(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _memory(pids: list[int]) -> dict[int, int]:
    """Resident memory of processes in MB."""
    asked = ["ps", "-o", "pid=,rss=", "-p", ",".join(map(str, pids))]
    lines = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    return {int(pid): round(int(size) / 1024) for pid, size in map(str.split, lines)}
