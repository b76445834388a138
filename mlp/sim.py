"""The verb `mlp sim`: a scenario played against the control plane of a sandbox."""

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from rich.console import Console

from mlp.fetch import fetch, start_plane
from mlp.places import SessionError, plane_of
from mlp.report import Report
from mlp.session import open_session
from sandbox.kubernetes.plane import ControlPlane, ControlPlaneError
from sandbox.kubernetes.programs import KUEUE
from sandbox.sim import report
from sandbox.sim.play import Now, Player, client_of, cluster_pools
from sandbox.sim.scenario import NAME, Scenario, read
from sandbox.sim.stage import Stage
from sandbox.values import ResourceError
from stacks.explain import explain, like
from stacks.settings import Settings, SettingsError

like(NAME, "up to 40 of a-z, 0-9 and hyphen, a letter first")
SAY = 10  # seconds between two lines about a play where there is no terminal


def sim(file: Path, environment: str, out: Path | None, pools: Path | None, console: Console) -> Report:
    """Play a scenario file; see `mlp sim --help`.

    Raises:
        SettingsError: The scenario or the file of pools is wrong; each line says what.
        ControlPlaneError: The control plane does not run, or has no node pools.
        SessionError: Another scenario is being played.
    """
    scenario = load(file)
    plane = plane_of(Settings.from_file(environment))
    plane.require()
    if any(scenario.teams) and KUEUE not in plane.programs:
        _start_kueue(plane, environment)
    plane.wait()
    folder = out or plane.place.path("sim", "x").parent
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        with _alone(plane), _progress(console) as tell:
            seen = _play(plane, scenario, pools, tell, console)
    except ResourceError as error:
        raise ControlPlaneError(str(error)) from error
    from sandbox.pictures import save  # matplotlib takes half a second, which errors need not wait for
    from sandbox.sim.picture import draw

    name = file.stem
    found = report.document(name, seen)
    data, picture = folder / f"{name}.json", folder / f"{name}.png"
    data.write_text(json.dumps(found, indent=1) + "\n")
    save(draw(name, found), picture)
    over = [key for key, one in [*found["limits"].items(), *found["quotas"].items()] if one["peak"] > one["limit"]]
    ok = not found["jobs"]["unfinished"] and not over
    seconds = round(time.monotonic() - started, 1)
    lines = [report.table(name, found), f"{name}: played in {seconds} s; figures {data}, picture {picture}"]
    written = {"json": str(data), "png": str(picture)}
    return Report(ok, "\n".join(lines), {"ok": ok, "seconds": seconds, "files": written, **found})


def load(file: Path) -> Scenario:
    """The scenario of a file.

    Raises:
        SettingsError: It is wrong; a line for each wrong value, with its path and what is allowed.
    """
    try:
        if not isinstance(document := read(file), dict):
            raise SettingsError(f"{file}: allowed: a mapping; the files in scenarios/ show how")
        return Scenario.model_validate(document)
    except ValidationError as error:
        raise SettingsError("\n".join(explain(error, Scenario, file.name))) from None
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _start_kueue(plane: ControlPlane, environment: str) -> None:
    """Start the control plane again with Kueue, configured as in the cluster; from then on it belongs to it."""
    from components import _kueue as kueue  # the SDK takes a second, which scenarios without teams need not wait for

    fetch([KUEUE], needed_by="mlp sim")
    with open_session(environment).alone():
        start_plane(plane, [*plane.programs, KUEUE], kueue.configuration(kueue.FRAMEWORKS, elects=False))


def _play(
    plane: ControlPlane, scenario: Scenario, pools: Path | None, tell: Callable[[Now], None], console: Console
) -> Any:
    client = client_of(plane)
    stage = Stage(client)
    stage.clear()  # what a play left behind that was killed
    chosen = _pools(pools) if pools else cluster_pools(client)
    if not any(one["kind"] == "NodePool" for one in chosen):
        raise ControlPlaneError(
            "the cluster has no node pools: switch `pools` on in its settings, or give --pools FILE"
        )
    player = Player(plane, stage, scenario, tell)
    try:
        return player.play(chosen)
    finally:
        console.print("taking the scenario away")
        plane.offer(player.types)
        stage.clear()


def _pools(file: Path) -> list[dict[str, Any]]:
    try:
        found = [one for one in yaml.safe_load_all(file.read_text()) if one]
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: cannot be read: {' '.join(str(error).split())}") from None
    for number, one in enumerate(found):
        if not isinstance(one, dict) or one.get("kind") not in ("NodePool", "EC2NodeClass") or "spec" not in one:
            raise SettingsError(f"{file}: document {number}: allowed: objects of the kinds NodePool and EC2NodeClass")
    return found


@contextmanager
def _alone(plane: ControlPlane) -> Iterator[None]:
    with plane.place.path("sim.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SessionError("another scenario is being played here; wait until it has ended") from None
        yield


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[Now], None]]:
    """A function to call with how a play stands: a line that changes on a terminal, now and then one elsewhere."""
    if console.is_terminal:
        with console.status("starting") as status:
            yield lambda now: status.update(_words(now))
        return
    said = -SAY

    def say(now: Now) -> None:
        nonlocal said
        if time.monotonic() - said >= SAY:
            said = time.monotonic()
            console.print(_words(now), soft_wrap=True)

    yield say


def _words(now: Now) -> str:
    pods = f"{now.pending} pods pending, {now.running} running"
    pods += f", {now.waiting} jobs wait for quota" if now.waiting else ""
    return f"minute {now.minute:.0f} of {now.minutes:.0f}: {pods}, {now.nodes} nodes, ${now.usd_per_hour:.2f} an hour"
