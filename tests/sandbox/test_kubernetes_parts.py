"""The parts of the control plane, without its programs: command lines, snapshot, definitions, credentials, restarts."""

import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from components import _kueue as kueue
from mlp import fetch, session
from sandbox import processes, toolcache
from sandbox.kubernetes import crds, credentials, programs, queues, snapshot, supervisor
from sandbox.toolchain import Found, Toolbox, Toolchain

PORTS = {name: 40000 + place for place, name in enumerate(programs.PORTS)}
TOOLS = Toolchain({name: Found(name, "ok", "1.0") for name in programs.START})
CONFIGURATION = kueue.configuration(kueue.FRAMEWORKS, elects=True)


def commands(folder: Path, *names: str) -> dict[str, programs.Program]:
    paths = {name: f"/programs/{name}" for name in names or programs.START}
    return {program.name: program for program in programs.commands(folder, paths, PORTS)}


def test_programs_start_in_order_and_those_without_a_file_are_left_out(tmp_path: Path) -> None:
    assert list(commands(tmp_path)) == list(programs.START)
    assert list(commands(tmp_path, "kube-apiserver", "etcd")) == ["etcd", "kube-apiserver"]
    every = [*programs.START, *programs.BESIDE]
    assert list(commands(tmp_path, *reversed(every))) == every


def test_every_address_on_a_command_line_is_on_this_machine(tmp_path: Path) -> None:
    found = commands(tmp_path, *programs.START, *programs.BESIDE).values()
    text = " ".join(argument for program in found for argument in program.command)
    doors = queues.configured(CONFIGURATION, tmp_path, PORTS)
    addresses = [*doors["health"].values(), doors["metrics"]["bindAddress"], "{host}:{port}".format(**doors["webhook"])]
    text += "".join(f" address={one}" for one in addresses)
    hosts = re.findall(r"https?://([^:/ ]+):|address=([\d.]+)", text)
    assert len(hosts) >= 11
    assert {one or other for one, other in hosts} == {"127.0.0.1"}
    assert all(str(port) in text for port in PORTS.values())


def test_kueue_is_configured_as_in_the_cluster_but_for_addresses_and_elections(tmp_path: Path) -> None:
    found = queues.configured(CONFIGURATION, tmp_path, PORTS)
    changed = {key for key in {**CONFIGURATION, **found} if CONFIGURATION.get(key) != found.get(key)}
    assert changed == {"health", "metrics", "webhook", "leaderElection"}
    assert {**found["metrics"], "bindAddress": ""} == {**CONFIGURATION["metrics"], "bindAddress": ""}


def test_no_door_is_open_to_whoever_has_no_credentials(tmp_path: Path) -> None:
    found = commands(tmp_path)
    assert {"--client-cert-auth", "--peer-client-cert-auth"} <= set(found["etcd"].command)
    assert {"--anonymous-auth=false", "--authorization-mode=RBAC"} <= set(found["kube-apiserver"].command)


def test_a_program_sees_nothing_of_the_users_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/home/somebody/.kube/config")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    seen = [program.variables for program in commands(tmp_path).values()]
    assert all(variables["HOME"] == str(tmp_path) for variables in seen)
    assert not any("somebody" in text or "proxy" in text for variables in seen for text in variables.values())


def test_up_fetches_what_it_runs_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ensure(box: Toolbox, names: Any, *rest: Any) -> Toolchain:
        asked.extend(names)
        return Toolchain({})

    class Plane:
        running = False
        programs = frozenset[str]()

        def start(self, tools: Toolchain, show: Any, queues: Any) -> bool:
            return True

    monkeypatch.setattr(Toolbox, "ensure", ensure)
    fetch.start_plane(Plane())  # pyright: ignore[reportArgumentType]
    assert asked == list(programs.START)
    asked.clear()
    fetch.start_plane(Plane(), [*programs.START, programs.ROLLOUTS])  # pyright: ignore[reportArgumentType]
    assert asked == [*programs.START, programs.ROLLOUTS]
    assert not {"kubectl", "pulumi-language-yaml"} & {*asked, *session.ENGINE_TOOLS}
    asked.clear()
    Plane.programs = frozenset({*programs.START, programs.KUEUE})  # it ran before
    fetch.start_plane(Plane())  # pyright: ignore[reportArgumentType]
    assert asked == [*programs.START, programs.KUEUE]


@pytest.fixture
def box(tmp_path: Path) -> Toolbox:
    """A toolbox with pins of its own and an empty cache."""
    shutil.copytree(Toolbox().pins / crds.PINS, tmp_path / "pins" / crds.PINS)
    return Toolbox(pins=tmp_path / "pins", cache=tmp_path / "cache")


def test_another_pin_or_program_is_another_snapshot(box: Toolbox) -> None:
    first = snapshot.key(box, TOOLS)
    newer = TOOLS.tools["etcd"]._replace(version="1.1")
    assert snapshot.key(box, Toolchain({**TOOLS.tools, "etcd": newer})) != first
    assert snapshot.key(replace(box, cache=box.cache / "elsewhere"), TOOLS) == first
    with open(box.pins / crds.PINS / "go.sum", "a") as file:
        file.write("\n")
    assert snapshot.key(box, TOOLS) != first


def test_a_damaged_snapshot_is_made_anew_and_a_good_one_is_not(box: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def fill(box: Toolbox, tools: Toolchain, on_event: snapshot.Tell, new: Path) -> dict[str, Any]:
        made.append(new)
        (new / "data").mkdir()
        (new / "data" / "db").write_text("objects")
        return {}

    monkeypatch.setattr(snapshot, "_fill", fill)
    entry = snapshot.ensure(box, TOOLS, lambda event: None)
    assert snapshot.ensure(box, TOOLS, lambda event: None) == entry
    assert len(made) == 1
    (entry / "data" / "db").write_text("0bjects")
    assert snapshot.ensure(box, TOOLS, lambda event: None) == entry
    assert len(made) == 2
    assert (entry / "data" / "db").read_text() == "objects"
    assert toolcache.check(entry, verify=True)[1] == ""


def test_a_trimmed_definition_keeps_properties_that_are_called_like_what_goes() -> None:
    text = {"type": "string", "description": "words"}
    schema = {
        "description": "words",
        "properties": {
            "description": text,
            "properties": {"properties": {"description": text}, "description": "words"},
        },
        "oneOf": [{"description": "words", "required": ["description"]}],
    }
    definition = {
        "apiVersion": "v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "x"},
        "spec": {"group": "g", "conversion": {}, "versions": [{"schema": {"openAPIV3Schema": schema}}]},
    }
    (version,) = crds.trimmed(definition)["spec"]["versions"]
    assert version["schema"]["openAPIV3Schema"] == {
        "properties": {
            "description": {"type": "string"},
            "properties": {"properties": {"description": {"type": "string"}}},
        },
        "oneOf": [{"required": ["description"]}],
    }
    assert "conversion" not in crds.trimmed(definition)["spec"]


def test_credentials_are_one_user_and_names_of_this_machine(tmp_path: Path) -> None:
    credentials.make(tmp_path)
    leaf, root = (x509.load_pem_x509_certificate((tmp_path / f"{name}.pem").read_bytes()) for name in ("server", "ca"))
    leaf.verify_directly_issued_by(root)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]
    assert all(name == "localhost" or name.startswith("kubernetes") for name in names.get_values_for_type(x509.DNSName))
    (line,) = (tmp_path / "tokens.csv").read_text().splitlines()
    secret, *user = line.split(",")
    assert user == ["admin", "admin", "system:masters"]
    assert len(secret) >= 32
    config = json.loads(credentials.kubeconfig(tmp_path, 6443))
    assert config["users"] == [{"name": "sandbox", "user": {"token": secret}}]
    assert config["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:6443"


def test_credentials_stay_and_those_of_another_sandbox_differ(tmp_path: Path) -> None:
    credentials.make(tmp_path / "one")
    first = credentials.token(tmp_path / "one")
    credentials.make(tmp_path / "one")
    credentials.make(tmp_path / "other")
    assert credentials.token(tmp_path / "one") == first != credentials.token(tmp_path / "other")
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "one").iterdir()} == {0o600}


def supervised(tmp_path: Path, *command: str) -> supervisor.Supervised:
    return supervisor.Supervised(programs.Program("tiny", list(command), {"PATH": os.defpath}), tmp_path / "log")


def crash(one: supervisor.Supervised) -> float:
    """Start a program that ends by itself; the seconds until it is to be started again."""
    one.start()
    assert one.process
    one.process.wait()
    assert one.crashed()
    return one.due - time.monotonic()


def test_a_program_that_keeps_crashing_is_started_ever_later(tmp_path: Path) -> None:
    one = supervised(tmp_path, "false")
    waits = [crash(one) for _ in range(8)]
    assert waits == pytest.approx([0.5, 1, 2, 4, 8, 10, 10, 10], abs=0.1)
    assert (one.restarts, one.last) == (8, "exit status 1")
    assert not one.crashed()  # it does not run: that is no further crash


def test_a_crash_after_a_long_calm_counts_as_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = supervised(tmp_path, "false")
    assert [crash(one) for _ in range(4)][-1] == pytest.approx(4, abs=0.1)
    monkeypatch.setattr(supervisor, "CALM", -1)
    assert crash(one) == pytest.approx(0.5, abs=0.1)


def test_a_signal_is_named_and_a_running_program_has_not_crashed(tmp_path: Path) -> None:
    one = supervised(tmp_path, "sleep", "60")
    one.start()
    assert one.process
    assert not one.crashed()
    one.process.kill()
    one.process.wait()
    assert one.crashed()
    assert one.last == "SIGKILL"


def test_a_program_that_will_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOPPING", 0.3)
    one = supervised(
        tmp_path,
        sys.executable,
        "-c",
        "import signal; signal.signal(15, signal.SIG_IGN); print(1, flush=True); signal.pause()",
    )
    one.start()
    process = one.process
    assert process
    deadline = time.monotonic() + 20
    while not (tmp_path / "log").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    one.stop()
    assert process.returncode == -9


def test_a_program_that_ended_is_not_alive_though_nobody_asked_how() -> None:
    """A container's first process may take seconds to reap what was orphaned."""
    parent = subprocess.Popen(["sh", "-c", "sleep 0.3 & echo $!; exec sleep 60"], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout
        child = int(parent.stdout.readline())
        deadline = time.monotonic() + 5
        while processes.alive(child):
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        parent.kill()
        parent.communicate()
