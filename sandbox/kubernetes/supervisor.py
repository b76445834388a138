"""Runs the programs of a control plane, starts again what crashes, and stops all of them in order.

Started as `python -m sandbox.kubernetes.supervisor FOLDER`. It writes `record.json` into the folder: its own process,
the ports, and each program with its process, how often it was started again and how it last ended. No program outlives
it, and it does not outlive the lock that was claimed for it.
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sandbox import claims
from sandbox.files import write_private
from sandbox.kubernetes import queues
from sandbox.kubernetes.api import Api
from sandbox.kubernetes.catalogue import instance_types
from sandbox.kubernetes.programs import BESIDE, HOST, KUEUE, START, STOP, Program, commands
from sandbox.processes import end_with_parent

TICK = 0.1  # seconds
PATIENCE = 5  # how often a program may crash before the control plane has once been ready
CALM = 30  # seconds after which a crash counts as the first again
STOPPING = 10  # seconds that a program has to end by itself
NODE_MAKER = "karpenter-kwok"
"""Reads what instance types there are when it starts, and then no more."""
EXTENDED = "/openapi/v3/apis/karpenter.k8s.aws/v1"
"""What the server has once it knows the custom resources; kwok ends at once if it asks before."""


class Supervised:
    """One program that shall run."""

    def __init__(self, program: Program, log: Path) -> None:
        self.program, self.log = program, log
        self.process: subprocess.Popen[bytes] | None = None
        self.restarts, self.last, self.since, self.due = 0, "", 0.0, 0.0
        self._crashes = 0

    def start(self) -> None:
        """Start it; its log goes on where it was."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.program.command,
                env=self.program.variables,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # an interrupt of the terminal is the supervisor's to pass on, in order
                preexec_fn=end_with_parent,
            )
        self.since = time.monotonic()

    def crashed(self) -> bool:
        """Note a crash, if it crashed, and when it is to be started again."""
        if not self.process or (code := self.process.poll()) is None:
            return False
        calm = time.monotonic() - self.since > CALM
        self._crashes = 1 if calm else self._crashes + 1
        self.last = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        self.due = time.monotonic() + min(10, 0.25 * 2**self._crashes)
        self.restarts += 1
        self.process = None
        return True

    def stop(self, patience: float = STOPPING) -> None:
        """End it, by force if it takes longer than some seconds."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


class Supervisor:
    """The programs of one control plane."""

    def __init__(self, folder: Path, paths: Mapping[str, str], ports: Mapping[str, int]) -> None:
        self.folder, self.ports = folder, dict(ports)
        self.api = Api.of(folder / "certificates", ports["kube-apiserver"])
        self.stopping = self.served = self.extended = self.ready = self.offered = False
        self.error = ""
        self.lost = claims.lost()
        logs = folder / "logs"
        logs.mkdir(exist_ok=True)
        for log in logs.glob("*.log"):
            log.unlink()
        self.all = {p.name: Supervised(p, logs / f"{p.name}.log") for p in commands(folder, paths, ports)}

    def start(self) -> None:
        """Start the store and its server; `step` starts the others once these serve."""
        self._start(START[:2])

    def run(self) -> None:
        """Run until told to stop, or until something cannot be started at all."""
        while not self.stopping and not self.error and not self.lost():
            self.step()
            self.save()
            time.sleep(TICK)
        self.stop()

    def step(self) -> None:
        """Look after every program once."""
        for one in self.all.values():
            if one.crashed():
                if not self.ready and one.restarts >= PATIENCE:
                    self.error = (
                        f"{one.program.name} ended {PATIENCE} times, last with {one.last}; its log is {one.log}"
                    )
                self.save()
            if not one.process and one.due and time.monotonic() >= one.due:
                one.start()
                self.save()
        if self.offered and self.extended:
            self.offered = False
            self.all[NODE_MAKER].stop()
            self._start((NODE_MAKER,))
        if not self.served and self.api.ready():
            self.served = True
            self._start(START[2:4])
        elif self.served and not self.extended and self.api.has(EXTENDED):
            self.extended = True
            self._start((*START[4:], *BESIDE))
        elif self.extended and not self.ready and self._ready():
            self.ready = True
            self.save()

    def stop(self) -> None:
        """Stop everything, the controllers before the server and the server before the store.

        Where the folder is gone nothing is worth an orderly end, and what still writes is in the way of the next one.
        """
        for name in STOP:
            if name in self.all:
                self.all[name].stop(0 if self.lost() else STOPPING)
        if not self.lost():
            self.save()

    def save(self) -> None:
        """Write the record, if it is not the one that is there; a full disk is for the next time."""
        programs = {
            name: {"pid": one.process.pid if one.process else None, "restarts": one.restarts, "last": one.last}
            for name, one in self.all.items()
        }
        record = {"pid": os.getpid(), "ports": self.ports, "ready": self.ready, "error": self.error}
        text, file = json.dumps(record | {"programs": programs}), self.folder / "record.json"
        with suppress(OSError):
            if not file.exists() or file.read_text() != text:
                write_private(file, text)

    def _start(self, names: Sequence[str]) -> None:
        for name in names:
            if name in self.all:
                self.all[name].start()
        self.save()

    def _ready(self) -> bool:
        """Whether pods can be made, nodes for them, and workloads in the queues of Kueue, if it is to run."""
        account = "/api/v1/namespaces/default/serviceaccounts/default"
        doors = {NODE_MAKER: "karpenter-health", KUEUE: "kueue-health"}
        if not self.api.has(account) or not all(self._healthy(*one) for one in doors.items()):
            return False
        if KUEUE in self.all:
            queues.install(self.folder, Path(self.all[KUEUE].program.command[0]))
        return True

    def _healthy(self, name: str, door: str) -> bool:
        """Whether a program says that it is ready, or is not to run."""
        if name not in self.all:
            return True
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with suppress(OSError), opener.open(f"http://{HOST}:{self.ports[door]}/readyz", timeout=2) as answer:
            return answer.status == 200
        return False


def main(folder: Path) -> int:
    """Supervise what the plan in a folder says, until a polite request to end."""
    plan = json.loads((folder / "plan.json").read_text())
    if KUEUE in plan["programs"]:
        queues.prepare(folder, plan["ports"], plan["queues"])
    supervisor = Supervisor(folder, plan["programs"], plan["ports"])

    def stop(*_: object) -> None:
        supervisor.stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, lambda *_: setattr(supervisor, "offered", True))
    supervisor.start()
    if not (types := folder / "instance-types.json").exists():
        write_private(types, json.dumps(instance_types(plan["region"])))
    supervisor.run()
    return 1 if supervisor.error else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
