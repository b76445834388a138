"""The snapshot that control planes begin with, and the files that come out of its pinned modules."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox import toolcache
from sandbox.kubernetes import crds, prices, snapshot
from sandbox.toolchain import Event, Toolbox, Toolchain
from sandbox.toolsources import ToolchainError

STORE = ("etcd", "kube-apiserver")


@pytest.fixture
def box(tmp_path: Path) -> Toolbox:
    """The real pins and programs, and a cache of snapshots of its own."""
    shutil.copytree(Toolbox().pins, tmp_path / "pins")
    return Toolbox(pins=tmp_path / "pins", cache=tmp_path / "cache")


@pytest.fixture(scope="module")
def tools() -> Toolchain:
    return Toolbox().ensure(STORE)


@pytest.mark.sandbox
def test_a_damaged_snapshot_is_made_again_and_a_sound_one_is_not(box: Toolbox, tools: Toolchain) -> None:
    sound = snapshot.ensure(Toolbox(), tools, lambda event: None)
    entry = box.cache / "snapshots" / sound.name
    shutil.copytree(sound, entry)
    events: list[Event] = []
    assert snapshot.ensure(box, tools, events.append) == entry
    assert events == []
    store = entry / "data" / "member" / "snap" / "db"
    content = bytearray(store.read_bytes())
    content[4096] ^= 1
    store.write_bytes(content)

    assert snapshot.ensure(box, tools, events.append) == entry

    assert Event("control plane", "ready") in events
    assert toolcache.check(entry, verify=True)[1] == ""
    said = json.loads((entry / "installed.json").read_text())
    assert said["definitions"]["karpenter.sh"] == "github.com/aws/karpenter-provider-aws v1.14.1"
    assert "IngressClassParams.v1beta1.elbv2.k8s.aws" in said["stand_ins"]


def test_another_pin_or_program_is_another_snapshot(box: Toolbox) -> None:
    look = Toolchain({name: tool._replace(version="1.36.3") for name, tool in box.look(STORE).tools.items()})
    key = snapshot.key(box, look)
    assert snapshot.key(box, look) == key

    newer = {**look.tools, "kube-apiserver": look.tools["kube-apiserver"]._replace(version="1.36.4")}
    assert snapshot.key(box, Toolchain(newer)) != key
    with (box.pins / crds.PINS / "go.sum").open("a") as pins:
        pins.write("example.test/one v1.0.0 h1:x=\n")
    assert snapshot.key(box, look) != key


def test_only_the_snapshots_used_last_are_kept(box: Toolbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "_fill", lambda box, tools, on_event, new: {})
    monkeypatch.setattr(snapshot, "KEPT", 3)

    for name in ("a", "b", "c", "a", "d"):
        monkeypatch.setattr(snapshot, "key", lambda box, tools, name=name: f"control-plane-{name}")
        snapshot.ensure(box, Toolchain({}), lambda event: None)

    assert {entry.name[-1] for entry in (box.cache / "snapshots").iterdir()} == {"a", "c", "d"}


def test_a_module_that_differs_from_its_checksum_is_refused(box: Toolbox) -> None:
    sums = box.pins / crds.PINS / "go.sum"
    sums.write_text(sums.read_text().replace("sigs.k8s.io/jobset v0.12.0 h1:", "sigs.k8s.io/jobset v0.12.0 h1:x"))

    with pytest.raises(ToolchainError, match=r"sigs.k8s.io/jobset v0.12.0 cannot be fetched:(?s:.*)checksum mismatch"):
        box.modules(crds.PINS)


def test_the_committed_prices_are_those_of_the_pinned_karpenter() -> None:
    go = Toolbox().modules(crds.PINS)[crds.KARPENTER] / prices.SOURCE

    assert json.loads(prices.FILE.read_text()) == prices.prices(go.read_text())


def test_a_program_and_the_modules_read_of_it_have_one_version() -> None:
    box = Toolbox()
    listed = (box.pins / crds.PINS / "go.mod").read_text()
    for tool in ("kwok", "karpenter"):
        module = f"sigs.k8s.io/{tool}"
        version = next(box.version(one) for one in box.tools if one.module == module)
        read = {"kwok": module, "karpenter": crds.KARPENTER}[tool]
        assert f"\t{read} v{version}\n" in listed


def test_go_reads_the_pins_of_the_modules() -> None:
    go, why = Toolbox().go(["etcd"])
    if not go:
        pytest.skip(why)
    command = [go, "mod", "edit", "-json"]
    read = subprocess.run(command, cwd=Toolbox().pins / crds.PINS, capture_output=True, text=True, check=True)
    required = {one["Path"] for one in json.loads(read.stdout)["Require"]}
    assert {source.module for source in crds.SOURCES} | {snapshot.KWOK} == required
