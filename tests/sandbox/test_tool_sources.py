"""Sources that have programs ready: asked in their order, all entries at once, before anything is built."""

import signal
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sandbox.toolchain import PLATFORM, Event, Tool, Toolbox
from tests.sandbox import fake_toolbox
from tests.sandbox.fake_toolbox import ENGINE, other_process, script, until

path, box, journal = fake_toolbox.path, fake_toolbox.box, fake_toolbox.journal
BOTH = ("engine", "engine-host")


@dataclass(frozen=True)
class Shelf:
    """A source that has some tools, each in an entry of its own; `why` is its answer when it does not give them."""

    has: tuple[str, ...]
    why: str = ""
    name: str = "shelf"
    meet: threading.Barrier | None = None

    def entry(self, box: Toolbox, tool: Tool) -> Path | None:
        return box.cache / "tools" / f"{tool.name}-{self.name}-{PLATFORM}" if tool.name in self.has else None

    def fill(self, box: Toolbox, tool: Tool, new: Path, tell) -> dict:
        tell("downloading", 3, 7)
        if self.meet:
            self.meet.wait(20)
        if self.why:
            raise OSError(self.why)
        script(new / "bin" / tool.name, "#!/bin/sh\n")
        return {"version": "9.9.9", "source": self.name, "note": ""}


def test_what_a_source_has_is_not_built(box, journal):
    shelved = replace(box, sources=(Shelf(("engine",)),))

    chain = shelved.ensure()

    assert {name: found.source for name, found in chain.tools.items()} == {
        "engine": "shelf",
        "engine-host": "built from Go modules",
    }
    assert chain.tools["engine"].version == "9.9.9"
    assert [Path(built).name for built in journal()] == ["engine-host"]
    assert shelved.look() == chain


def test_the_next_source_is_asked_for_what_the_first_does_not_give(box, journal):
    shelves = (Shelf(BOTH, "the server answers 404", "first"), Shelf(BOTH, name="second"))
    events: list[Event] = []

    chain = replace(box, sources=shelves).ensure(on_event=events.append)

    assert {found.source for found in chain.tools.values()} == {"second"}
    assert journal() == []
    assert Event("engine", "downloading", 3, 7) in events
    phases = [event.phase for event in events if event.tool == "engine" and not event.problem]
    assert phases == ["asking the first", "downloading", "asking the second", "downloading", "ready"]


def test_every_reason_is_kept_with_what_was_built_in_the_end(box):
    shelves = (Shelf(BOTH, "the server answers 404", "first"), Shelf(("engine",), "wrong checksum", "second"))

    tools = replace(box, sources=shelves).ensure().tools

    assert {found.source for found in tools.values()} == {"built from Go modules"}
    assert tools["engine"].note.endswith("first: the server answers 404; second: wrong checksum")
    assert tools["engine-host"].note.endswith("first: the server answers 404")


def test_a_reason_that_several_programs_share_is_told_once_with_what_comes_next(box):
    shelves = (Shelf(BOTH, "no network", "first"), Shelf(("engine",), "wrong checksum", "second"))
    events: list[Event] = []

    replace(box, sources=shelves).ensure(on_event=events.append)

    assert [event for event in events if event.problem] == [
        Event("engine, engine-host", "asking the second", problem="first: no network"),
        Event("engine", "compiling instead", problem="second: wrong checksum"),
    ]


def test_entries_of_a_source_are_fetched_at_the_same_time(box):
    # Each waits for the other.
    shelf = Shelf(("one", "other"), meet=threading.Barrier(2))
    tools = [ENGINE._replace(name=name, pinned_in="engine") for name in ("one", "other")]

    assert replace(box, tools=tools, sources=(shelf,)).ensure().complete


def test_a_stop_while_a_source_is_asked_leaves_nothing_that_counts(box, tmp_path):
    body = f"""
import time
class Slow:
    name = "slow shelf"
    def entry(self, box, tool):
        return box.cache / "tools" / tool.name
    def fill(self, box, tool, new, tell):
        (new / "half").touch()
        Path({str(tmp_path / "begun")!r}).touch()
        while True:
            time.sleep(0.05)
            tell("downloading", 1, 2)
from dataclasses import replace
replace(box, sources=(Slow(),)).ensure()
"""
    fetch = other_process(box, body)
    until((tmp_path / "begun").exists)
    fetch.send_signal(signal.SIGINT)

    assert "KeyboardInterrupt" in fetch.communicate(timeout=20)[1]
    assert list((box.cache / "tools").iterdir()) == []


@pytest.mark.parametrize("names", [("engine",), BOTH])
def test_a_failing_source_does_not_keep_what_was_not_asked_for(box, journal, names):
    replace(box, sources=(Shelf(BOTH, "no answer"),)).ensure(names)

    assert sorted(Path(built).name for built in journal()) == sorted(names)
