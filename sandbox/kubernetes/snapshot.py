"""What every control plane starts from: a store that holds the custom resource definitions, made once and cached."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from sandbox import toolcache
from sandbox.kubernetes import crds, credentials
from sandbox.kubernetes.api import Api
from sandbox.kubernetes.programs import PORTS
from sandbox.kubernetes.supervisor import Supervisor
from sandbox.processes import free_ports
from sandbox.toolchain import Event, Toolbox, Toolchain
from sandbox.toolsources import ToolchainError

NAME = "control plane"
SECONDS = 300
KEPT = 6  # snapshots of 70 MB, those used last: other checkouts may have other pins
KWOK = "sigs.k8s.io/kwok"
STAGES = ("node/fast", "node/heartbeat-with-lease", "pod/fast")
"""What kwok plays: nodes are ready at once and keep their lease; pods run at once, and jobs complete."""
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

Tell = Callable[[Event], None]


def ensure(box: Toolbox, tools: Toolchain, on_event: Tell) -> Path:
    """Return the snapshot that these programs and pins make, and make it if it is not there or damaged.

    It is a folder with `data/`, the store, `stages/` for kwok, and `installed.json`, a list of its definitions.

    Raises:
        ToolchainError: It cannot be made; the message names the log.
    """
    entry = box.cache / "snapshots" / key(box, tools)
    waiting = partial(on_event, Event(NAME, "waiting for another process"))
    toolcache.sweep(entry.parent)
    try:
        toolcache.place(entry, partial(_fill, box, tools, on_event), waiting, verify=True)
    except OSError as failed:
        raise ToolchainError("the control plane's first state", str(failed), entry) from failed
    os.utime(entry)
    for old in sorted(entry.parent.glob("control-plane-*"), key=os.path.getmtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return entry


def key(box: Toolbox, tools: Toolchain) -> str:
    """A name that changes with all that goes into a snapshot: programs, pins, table and the code that fills it."""
    pins = [(box.pins / crds.PINS / name).read_bytes() for name in ("go.mod", "go.sum")]
    versions = [tools.tools[name].version for name in ("etcd", "kube-apiserver")]
    code = [Path(file).read_bytes() for file in (__file__, crds.__file__)]
    digest = hashlib.sha256(repr((pins, versions, code, OWN_STAGES.read_bytes())).encode()).hexdigest()
    return f"control-plane-{versions[1]}-{digest[:16]}"


OWN_STAGES = Path(__file__).with_name("stages.yaml")


def _fill(box: Toolbox, tools: Toolchain, on_event: Tell, new: Path) -> dict[str, Any]:
    modules = box.modules(crds.PINS, on_event)
    on_event(Event(NAME, "reading definitions"))
    definitions = crds.definitions(modules)
    paths = {name: str(tools.tools[name].path) for name in ("etcd", "kube-apiserver")}
    folder = new.parent / "making"
    credentials.make(folder / "certificates")
    supervisor = Supervisor(folder, paths, dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))
    try:
        supervisor.start()
        _until(supervisor, lambda: supervisor.served)
        _install(supervisor, definitions, on_event)
    finally:
        supervisor.stop()
    shutil.move(folder / "data", new / "data")
    (new / "stages").mkdir()
    shutil.copy(OWN_STAGES, new / "stages")
    for stage in STAGES:
        for file in (modules[KWOK] / "kustomize" / "stage" / stage).glob("*.yaml"):
            if file.name != "kustomization.yaml":
                shutil.copyfile(file, new / "stages" / f"{stage.replace('/', '-')}-{file.name}")
    (new / "installed.json").write_text(json.dumps(installed(modules)))
    on_event(Event(NAME, "ready"))
    return {}


def installed(modules: Mapping[str, Path]) -> dict[str, Any]:
    """What definitions a snapshot has: of which group, from which module; and what kinds are stand-ins."""
    return {
        "definitions": {
            one.group: f"{one.module} {modules[one.module].name.rpartition('@')[2]}" for one in crds.SOURCES
        },
        "stand_ins": [f"{one.kind}.{one.version}.{one.group}" for one in crds.STAND_INS],
    }


def _install(supervisor: Supervisor, definitions: list[dict[str, Any]], on_event: Tell) -> None:
    with ThreadPoolExecutor(4) as pool:
        posts = pool.map(partial(supervisor.api.ask, DEFINITIONS, seconds=60), definitions)
        for done, _ in enumerate(posts, 1):
            on_event(Event(NAME, "installing definitions", done, len(definitions)))
    _until(supervisor, partial(_established, supervisor.api, len(definitions)))


def _established(api: Api, number: int) -> bool:
    found = api.ask(DEFINITIONS, seconds=60)["items"]
    said = {
        crd["metadata"]["name"]: [c["type"] for c in crd["status"]["conditions"] or () if c["status"] == "True"]
        for crd in found
    }
    if refused := [name for name, types in said.items() if "NonStructuralSchema" in types]:
        raise OSError(f"the API server refuses the schema of {', '.join(refused)}")
    return len([name for name, types in said.items() if "Established" in types]) == number


def _until(supervisor: Supervisor, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        supervisor.step()
        if supervisor.error or time.monotonic() > deadline:
            raise OSError(supervisor.error or f"not done within {SECONDS} s; the logs are {supervisor.folder / 'logs'}")
        time.sleep(0.5)
