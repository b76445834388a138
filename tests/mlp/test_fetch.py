"""What is said before programs are compiled, and programs that are fetched while something else is done."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from mlp import fetch
from sandbox.kubernetes.programs import PROVIDER
from sandbox.toolchain import TOOLS, Event, Found, Toolbox, Toolchain
from sandbox.tools import Cost, Tool
from sandbox.toolsources import Processes

SLOW = Tool("slow", "example.test/slow", "", Cost(600, 200))
QUICK = Tool("quick", "example.test/quick", "", Cost(30, 40))
READY = Toolchain({"slow": Found("slow", "ok", "1.2.3", path=Path("/cache/slow/bin/slow"))})


def test_what_has_to_be_compiled_is_announced_with_its_time_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch.os, "cpu_count", lambda: 2)
    text = fetch.announcement([SLOW, QUICK], "mlp loop")
    assert text == "mlp loop needs slow and quick, 240 MB: compiling takes about 6 min on 2 cores, once."

    monkeypatch.setattr(fetch.os, "cpu_count", lambda: 8)
    assert "quick, 40 MB: compiling takes about 1 min on 8 cores" in fetch.announcement([QUICK], "mlp kubectl")


def test_the_announcement_comes_before_the_first_build_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def ensure(box: Toolbox, names, on_event, verify, on_build) -> Toolchain:
        on_event(Event("slow", "downloading", 1, 2))
        if "slow" in names:
            on_build([SLOW])
        return READY

    monkeypatch.setattr(Toolbox, "ensure", ensure)
    shown = io.StringIO()

    fetch.fetch(["slow"], console=Console(file=shown, width=120), needed_by="mlp kubectl")
    assert "mlp kubectl needs slow, 200 MB" in shown.getvalue()

    shown.truncate(0)
    fetch.fetch(["quick"], console=Console(file=shown, width=120), needed_by="mlp kubectl")
    assert "mlp kubectl needs" not in shown.getvalue()


def test_every_program_has_a_cost_and_says_who_needs_it() -> None:
    assert [tool.name for tool in TOOLS if not (tool.cost.seconds and tool.cost.megabytes)] == []
    needed_by_up = {tool.name for tool in TOOLS if not tool.needed_by}
    assert needed_by_up == {*fetch.START, "pulumi", "pulumi-language-python", "rollouts-controller", PROVIDER}


class Slow:
    """Stands for a toolbox that fetches until it is let go or stopped."""

    def __init__(self) -> None:
        self.go, self.given = threading.Event(), []

    def ensure(self, names, on_event, verify, on_build, processes: Processes) -> Toolchain:
        self.given.append(processes)
        on_build([SLOW])
        on_event(Event("slow", "compiling packages", 1, 3))
        while not self.go.wait(0.01):
            if processes.stopped:
                raise InterruptedError("stopped")
        on_event(Event("slow", "ready"))
        return READY


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    made = Slow()
    monkeypatch.setattr(fetch, "Toolbox", lambda: made)
    yield made
    made.go.set()


@pytest.mark.parametrize("terminal", [False, True])
def test_a_fetch_ahead_is_shown_once_it_is_waited_for(slow: Slow, terminal: bool) -> None:
    shown = io.StringIO()
    with fetch.Ahead(["slow"], Console(file=shown, width=120, force_terminal=terminal)) as rest:
        while not slow.given:
            pass
        assert shown.getvalue() == ""
        slow.go.set()
        assert rest.wait() == READY
    assert "mlp up needs slow" in shown.getvalue()


def test_the_wait_for_a_fetch_ahead_counts_as_fetching_and_the_time_before_does_not(slow: Slow, monkeypatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(fetch.time, "monotonic", lambda: clock[0])
    before = fetch.spent()
    with fetch.Ahead(["slow"], Console(file=io.StringIO())) as rest:
        clock[0] += 60
        slow.go.set()
        monkeypatch.setattr(fetch._Display, "close", _later(clock, 5, fetch._Display.close))
        rest.wait()
    assert fetch.spent() - before == 5


def _later(clock: list[float], seconds: float, close):
    def closed(display) -> None:
        clock[0] += seconds
        close(display)

    return closed


def test_leaving_a_fetch_ahead_stops_it_and_what_it_compiles_steps_back(slow: Slow) -> None:
    with pytest.raises(KeyboardInterrupt), fetch.Ahead(["slow"], Console(file=io.StringIO())):
        raise KeyboardInterrupt
    assert slow.given[0].stopped
    assert slow.given[0]._before == ["nice", "-n", "10"]
