import io
import json
from collections.abc import Iterable, Iterator
from functools import partial
from importlib import metadata
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from mlp import doctor, fetch
from sandbox.toolchain import TOOLS, Event, Toolbox, Toolchain
from sandbox.toolsources import ToolchainError

app = typer.Typer()
app.command()(doctor.doctor)


def run(*options: str):
    return CliRunner().invoke(app, options)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory on PATH, empty, beside an empty cache and a lock with which this environment is in step."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    (tmp_path / "lock").write_text(f"typer=={metadata.version('typer')} \\\n    --hash=sha256:0\n")
    monkeypatch.setattr(doctor, "LOCK", tmp_path / "lock")
    return tmp_path / "bin"


@pytest.fixture
def engine(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine on PATH that will do, beside all other programs that are taken from there."""
    taken = [tool for tool in TOOLS if tool.accepts or tool.part_of]
    for tool in taken:
        lowest = tool.accepts.partition(",")[0].removeprefix(">=") + ".0"
        (path / tool.name).write_text(f"#!/bin/sh\necho v{'3.260.0' if tool.name == 'pulumi' else lowest}\n")
        (path / tool.name).chmod(0o755)
    monkeypatch.setattr(doctor, "Toolbox", partial(Toolbox, taken))
    return path / "pulumi"


def test_json_names_every_check(path, tmp_path):
    result = run("--json")
    report = json.loads(result.stdout)

    assert result.exit_code == 1
    assert set(report) == {"ok", "checks", "cache", "error"}
    assert report["ok"] is False
    checks = {check.pop("name"): check for check in report["checks"]}
    assert {name: check["state"] for name, check in checks.items()} == {
        "python": "ok",
        "packages": "ok",
        **{tool.name: "missing" for tool in TOOLS},
        "go": "ok",
    }
    assert checks["pulumi"] == {
        "state": "missing",
        "version": "3.259.0",
        "source": "",
        "path": "",
        "note": "no pulumi on PATH",
        "later": False,
    }
    assert (checks["go"]["version"], checks["go"]["source"]) == ("on demand", "wheel")
    assert report["cache"]["path"] == str(tmp_path / "cache")
    assert report["cache"]["disk_free"] > 0


def test_what_only_other_verbs_need_may_be_missing(engine, monkeypatch):
    monkeypatch.setattr(doctor, "Toolbox", Toolbox)
    missing = [check for check in json.loads(run("--json").stdout)["checks"] if check["state"] == "missing"]
    assert missing
    late = [check["name"] for check in missing if check["later"]]
    assert {"prometheus", "kubectl"} <= {*late, *(tool.name for tool in TOOLS if tool.accepts)}
    needed = {check["name"] for check in missing} - {*late}
    # Nothing that `mlp up` starts is among what may be missing.
    assert not {"pulumi", "etcd", "kube-apiserver", "rollouts-controller"} & {*late}
    assert run().exit_code == (1 if needed else 0)


def test_all_fine_is_exit_0_and_silence_if_wanted(engine):
    shown = run()

    assert shown.exit_code == 0
    assert "3.260.0" in shown.output
    assert str(engine) in shown.output
    assert "Next:" not in shown.output
    assert (run("--quiet").exit_code, run("--quiet").output) == (0, "")


def test_quiet_still_reports_what_is_lacking(path):
    result = run("--quiet")

    assert result.exit_code == 1
    assert "missing" in result.output
    assert "mlp doctor --fix" in result.output


def test_an_engine_of_another_version_is_shown_with_the_reason(engine):
    engine.write_text("#!/bin/sh\necho v3.100.0\n")

    output = run().output

    assert f"{engine} is version 3.100.0, accepted is >=3.255,<4" in output


def test_packages_out_of_step_with_the_lock_are_named(engine, tmp_path):
    (tmp_path / "lock").write_text("typer==0.0.1 \\\nnever-heard==1.0 \\\nelsewhere==1 ; sys_platform == 'win32' \\\n")

    result = run()

    assert result.exit_code == 1
    assert "lacking: typer 0.0.1, never-heard 1.0;" in result.output
    assert "elsewhere" not in result.output


def test_fix_fetches_and_looks_again(path, engine, monkeypatch):
    hidden = engine.rename(path / "hidden")
    monkeypatch.setattr(doctor, "fetch", lambda **options: hidden.rename(engine))

    assert run().exit_code == 1
    assert run("--fix").exit_code == 0


def test_a_failing_fix_shows_the_error_and_exits_1(path, monkeypatch):
    def fails(verify: bool, needed_by: str) -> Toolchain:
        raise ToolchainError("pulumi", "no space left on device", Path("/some/log"))

    monkeypatch.setattr(doctor, "fetch", fails)

    result = run("--fix")
    assert result.exit_code == 1
    assert "Full log: /some/log" in result.output
    assert "MLP_CACHE" in result.output
    assert "no space left" in json.loads(run("--fix", "--json").stdout)["error"]


def fetched(events: Iterable[Event], terminal: bool, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what is shown while a toolbox reports these events."""

    def ensure(box, names, on_event, verify, on_build) -> Toolchain:
        for event in events:
            on_event(event)
        return Toolchain({})

    monkeypatch.setattr(Toolbox, "ensure", ensure)
    output = io.StringIO()
    fetch.fetch(console=Console(file=output, force_terminal=terminal, width=120))
    return output.getvalue()


@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_to_fetch_is_silent(path, monkeypatch, terminal):
    assert fetched([], terminal, monkeypatch) == ""


def test_without_a_terminal_only_the_start_the_end_and_a_line_now_and_then_are_shown(path, monkeypatch):
    many = [Event("pulumi", "compiling packages", done, 300) for done in range(300)]
    events = [Event("pulumi", "starting"), *many, Event("pulumi", "ready")]

    first, *lines = fetched(events, False, monkeypatch).splitlines()
    assert first.startswith("Fetching")
    assert lines == ["  0:00  pulumi: starting", "  0:00  pulumi: ready"]

    monkeypatch.setattr(fetch, "LINE_INTERVAL", 0)
    assert "  0:00  pulumi: compiling packages 299/300" in fetched(events, False, monkeypatch).splitlines()


def test_a_line_about_a_download_has_megabytes_and_the_time_left(path, monkeypatch):
    clock = [100.0]

    def events() -> Iterator[Event]:
        yield Event("pulumi", "downloading", 10_000_000, 200_000_000)  # kept of an earlier run
        clock[0] += 20
        yield Event("pulumi", "downloading", 60_000_000, 200_000_000)

    monkeypatch.setattr(fetch.time, "monotonic", lambda: clock[0])

    assert fetched(events(), False, monkeypatch).splitlines()[1:] == [
        "  0:00  pulumi: downloading 10 of 200 MB",
        "  0:20  pulumi: downloading 60 of 200 MB, 56 s left",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_why_a_program_is_compiled_is_shown_at_once(path, monkeypatch, terminal):
    events = [
        Event("etcd", "starting"),
        Event("etcd, kwok", "compiling instead", problem="official release: no network"),
    ]

    shown = fetched(events, terminal, monkeypatch)

    assert "etcd, kwok: official release: no network" in shown
    assert "Next: compiling instead." in shown


def test_a_terminal_shows_a_bar_for_each_program(path, monkeypatch):
    events = [Event("pulumi", "compiling packages", 7, 300), Event("go", "downloading modules", 5)]

    shown = fetched(events, True, monkeypatch)

    assert "compiling packages 7/300" in shown
    assert "downloading modules 5" in shown
