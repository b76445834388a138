"""The control plane of an environment, seen from outside: started, waited for, looked at, stopped."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.place import Place
from sandbox.processes import end, free_ports, runs
from sandbox.toolchain import Event, Toolbox, Toolchain

START_SECONDS = 120
STOP_SECONDS = 30
MODULE = "sandbox.kubernetes.supervisor"


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
        try:
            with self._lock.open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    @property
    def programs(self) -> set[str]:
        """Names of the programs that it was last started with."""
        file = self.folder / "plan.json"
        return set(json.loads(file.read_text())["programs"]) if file.exists() else set()

    def start(self, tools: Toolchain, on_event: Callable[[Event], None] = lambda event: None) -> bool:
        """Start it if it does not run, without waiting for it; whether it begins empty.

        Its objects outlive it, but not a change of the pins: a store of other definitions is not read again.

        Raises:
            ToolchainError: The snapshot that it begins with cannot be made.
        """
        from sandbox.kubernetes import credentials, snapshot  # half a second, which other verbs need not wait for
        from sandbox.kubernetes.programs import PORTS, ROLLOUTS, START

        if self.running:
            return False
        self.stop()
        entry = snapshot.ensure(Toolbox(), tools, on_event)
        fresh = self._unpack(entry)
        credentials.make(self.folder / "certificates")
        last = (self._record() or {}).get("ports", {})
        ports = dict(zip(PORTS, free_ports(len(PORTS), [last.get(name, 0) for name in PORTS]), strict=True))
        paths = {name: str(tools.tools[name].path) for name in (*START, ROLLOUTS) if name in tools.tools}
        config = credentials.kubeconfig(self.folder / "certificates", ports["kube-apiserver"])
        credentials.write_private(self.kubeconfig, config)
        (self.folder / "plan.json").write_text(json.dumps({"programs": paths, "ports": ports, "region": self.region}))
        with self.place.path("logs", "kubernetes.log").open("ab") as out, self._lock.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._recorded.unlink(missing_ok=True)
            supervisor = subprocess.Popen(
                [sys.executable, "-m", MODULE, str(self.folder)],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
        supervisor.returncode = 0  # it outlives this process, which never waits for it
        self._pid.write_text(str(supervisor.pid))
        return fresh

    def wait(self) -> Path:
        """The kubeconfig, once pods and nodes can be made.

        Raises:
            ControlPlaneError: It did not become ready; the message names the log.
        """
        deadline, log = time.monotonic() + START_SECONDS, self.place.path("logs", "kubernetes.log")
        while not (record := self._record() or {}).get("ready"):
            if why := record.get("error"):
                raise ControlPlaneError(f"the control plane does not start: {why}\nNext: `mlp down`, then `mlp up`")
            if time.monotonic() > deadline or not self.running:
                raise ControlPlaneError(
                    f"the control plane did not start; its logs are {log} and {self.folder / 'logs'}"
                )
            time.sleep(0.05)
        return self.kubeconfig

    def offer(self, types: list[dict[str, Any]]) -> None:
        """Change what instance types there are, and have Karpenter read them again: it is back within seconds."""
        file, text = self.folder / "instance-types.json", json.dumps(types)
        if file.read_text() != text:
            file.write_text(text)
            os.kill(int(self._pid.read_text()), signal.SIGHUP)

    def stop(self) -> None:
        """Stop it in order; its data stay. What a killed supervisor left running ends too."""
        if self.running:
            end(int(self._pid.read_text()), STOP_SECONDS)
        for program in reversed((self._record() or {"programs": {}})["programs"].values()):
            if program["pid"] and runs(program["pid"], str(self.folder)):
                end(program["pid"], 5)

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
            **json.loads((self.folder / "installed.json").read_text()),
        }

    @property
    def _lock(self) -> Path:
        return self.folder / "lock"

    @property
    def _pid(self) -> Path:
        return self.folder / "supervisor.pid"

    @property
    def _recorded(self) -> Path:
        return self.folder / "record.json"

    def _record(self) -> dict[str, Any] | None:
        return json.loads(self._recorded.read_text()) if self._recorded.exists() else None

    def _unpack(self, entry: Path) -> bool:
        """Lay out what a control plane begins with, unless its data come from this snapshot already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        origin = self.folder / "snapshot"
        if origin.exists() and origin.read_text() == entry.name:
            return False
        origin.unlink(missing_ok=True)
        for part in ("data", "stages"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
            shutil.copytree(entry / part, self.folder / part)
        (self.folder / "data").chmod(0o700)
        shutil.copy(entry / "installed.json", self.folder)
        (self.folder / "instance-types.json").unlink(missing_ok=True)
        origin.write_text(entry.name)  # last: half a copy is made again
        return True


def _memory(pids: list[int]) -> dict[int, int]:
    """Resident memory of processes in MB."""
    asked = ["ps", "-o", "pid=,rss=", "-p", ",".join(map(str, pids))]
    lines = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.splitlines()
    return {int(pid): round(int(size) / 1024) for pid, size in map(str.split, lines)}
