"""Programs that are built with an edit, several of one go.mod, and programs with their own way to say their version."""

import os
import shutil
import subprocess
from dataclasses import replace

import pytest

from sandbox import toolchain
from sandbox.toolchain import Event, Tool, Toolbox
from sandbox.tooledits import Edit
from sandbox.toolsources import ToolchainError
from tests.sandbox import fake_toolbox
from tests.sandbox.fake_toolbox import GO_MOD, script

path, box, journal = fake_toolbox.path, fake_toolbox.box, fake_toolbox.journal


@pytest.mark.skipif(not shutil.which("go"), reason="no go on PATH: the real compiler is not tried")
def test_an_edited_module_is_built_and_its_source_stays_as_it_is(tmp_path, edited):
    hello = edited.ensure().tools["hello"]

    assert hello.path
    assert subprocess.run([hello.path], capture_output=True, text=True, check=True).stderr == "loopback\n"
    assert '"everywhere"' in (tmp_path / "source" / "main.go").read_text()
    assert edited.built(edited.tools[0]) != edited.built(edited.tools[0]._replace(edits=()))
    assert list((edited.cache / "tools").glob("*~*")) == []


@pytest.mark.skipif(not shutil.which("go"), reason="no go on PATH: the real compiler is not tried")
def test_an_edit_that_no_longer_fits_is_an_error(edited):
    tool = edited.tools[0]._replace(edits=(Edit("main.go", "gone", "here"),))

    with pytest.raises(ToolchainError, match=r"main.go does not hold what is to be edited: gone"):
        replace(edited, tools=(tool,)).ensure()


@pytest.mark.skipif(not shutil.which("go"), reason="no go on PATH: the real compiler is not tried")
def test_what_only_an_edit_mends_does_not_stop_the_download(tmp_path, edited):
    # As in Alertmanager, whose module embeds pages that are not in it.
    source = tmp_path / "source" / "main.go"
    source.chmod(0o644)
    source.write_text(
        'package main\n\nimport _ "embed"\n\n//go:embed gone.html\nvar page string\n\nfunc main() { println(page) }\n'
    )
    edits = (Edit("main.go", "gone.html", "go.mod"),)

    hello = replace(edited, tools=(edited.tools[0]._replace(edits=edits),)).ensure().tools["hello"]

    assert hello.path
    ran = subprocess.run([hello.path], capture_output=True, text=True, check=True)
    assert ran.stderr.startswith("module example.test/hello")


@pytest.fixture
def edited(tmp_path):
    """A program of a module in Go's own cache, read-only like all there, that is built with an edit."""
    source = tmp_path / "source"
    script(source / "go.mod", "module example.test/hello\n\ngo 1.20\n").chmod(0o444)
    script(source / "main.go", 'package main\n\nfunc main() { println("everywhere") }\n').chmod(0o444)
    script(tmp_path / "pins" / "greetings" / "go.mod", GO_MOD.format(name="hello", go="1.20", source=source))
    script(tmp_path / "pins" / "greetings" / "go.sum", "")
    edits = (Edit("main.go", "everywhere", "loopback"),)
    tool = Tool("hello", "example.test/hello", "", pinned_in="greetings", edits=edits)
    return Toolbox((tool,), tmp_path / "pins", tmp_path / "cache")


def test_programs_of_one_go_mod_are_built_one_after_the_other(box, tmp_path, monkeypatch):
    # Two that start together would compile the packages that they share twice.
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(toolchain.toolsources, "memory_available", lambda: 64 << 30)
    monkeypatch.setenv("FAKE_GO", "slow")
    one, other = (Tool(name, "example.test/engine", f"cmd/{name}", pinned_in="engine") for name in ("one", "other"))
    events: list[Event] = []

    replace(box, tools=(one, other)).ensure(on_event=events.append)

    assert [event.tool for event in events if event.phase in ("starting", "ready")] == ["one", "one", "other", "other"]


def test_modules_of_a_later_graph_are_downloaded_while_an_earlier_one_is_compiled(box, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setenv("FAKE_GO", "slow")
    events: list[Event] = []

    box.ensure(on_event=events.append)

    later = events.index(Event("engine-host", "downloading modules", 1))
    assert later < events.index(Event("engine", "ready"))
    assert events.index(Event("engine-host", "starting")) > events.index(Event("engine", "ready"))


def test_what_no_source_has_is_named_before_the_first_build(box, journal):
    told: list[tuple[list[str], list[str]]] = []

    box.ensure(on_build=lambda tools: told.append(([tool.name for tool in tools], journal())))
    box.ensure(on_build=lambda tools: told.append(([], journal())))

    assert told == [(["engine", "engine-host"], [])]


@pytest.mark.parametrize(
    "answer", ["Kubernetes v1.36.3", "etcd Version: 1.36.9\nGit SHA: abc", "Client Version: v1.36.0-x"]
)
def test_a_program_on_path_is_asked_for_its_version_in_its_own_way(box, path, answer):
    script(path / "server", f'#!/bin/sh\n[ "$1" = --version ] && printf "{answer}\\n"\n')
    tool = Tool(
        "server", "example.test/engine", "cmd/server", accepts=">=1.36,<1.37", ask="--version", pinned_in="engine"
    )

    server = replace(box, tools=(tool,)).look().tools["server"]

    assert (server.state, server.source) == ("ok", "PATH")
    assert server.version.startswith("1.36.")
