"""Times the commands of one environment's life as users run them, each beside plain Pulumi doing the same."""

import json
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench.audit import account_variables
from tests.bench.meter import Took, measure
from tests.bench.place import Place, place, succeed
from tests.bench.raw import plan
from tests.bench.results import Row
from tests.bench.sides import NAMED, differences, unnamed

STEPS = ("up", "again", "preview", "change", "status", "audit", "down")
"""The commands in their order; each needs those that change something before it."""
PLAIN, RAW = "plain pulumi with the pack", "raw program without pack"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One command: what it is called, how either side runs it, and what is done on either side before, not timed."""

    what: str
    mlp: Callable[[Place], Any]
    plain: Callable[[Place], Any]
    floor: str = PLAIN
    before: Callable[[Place], Any] = lambda where: None
    before_plain: Callable[[Place], Any] = lambda where: None


def life(environment: str, wanted: Iterable[str], rounds: int, say: Say) -> list[Row]:
    """Rows of the wanted steps of one environment: the least of some rounds."""
    wanted = [name for name in STEPS if name in wanted]
    ours: dict[str, list[Took]] = {}
    floors: dict[str, list[Took]] = {}
    planned: list[dict[str, Any]] = []
    for number in range(1, rounds + 1):
        tell = partial(_tell, say, f"{environment}, round {number} of {rounds}")
        planned = _round(environment, wanted, ours, floors, planned, tell)
    return [_row(environment, name, ours[name], floors.get(name, []), planned) for name in wanted] + [
        row for name in wanted if name == "up" for row in _raw_row(environment, ours[name], floors["raw"])
    ]


def _round(
    environment: str,
    wanted: list[str],
    ours: dict[str, list[Took]],
    floors: dict[str, list[Took]],
    planned: list[dict[str, Any]],
    tell: Callable[[str, str], None],
) -> list[dict[str, Any]]:
    """Each side's life once, in a checkout of its own; the plan of the raw program."""
    for side, took in (("mlp", ours), ("plain", floors)):
        with place(environment) as where:
            for name in _needed(wanted):
                step = STEP[name]
                tell(side, step.what)
                step.before(where)
                if side == "plain":
                    step.before_plain(where)
                run = step.mlp if side == "mlp" else step.plain
                found = measure(partial(run, where), where.servers)
                if name in wanted:
                    took.setdefault(name, []).append(found)
                if side == "plain" and name == "up" and not planned:
                    shown = where.pulumi("stack", "export", "--show-secrets")
                    planned = plan(json.loads(shown))
    if "up" in wanted:
        with place(environment) as where:
            tell("raw", "up")
            floors.setdefault("raw", []).append(measure(partial(raw, where, planned), where.servers))
    return planned


def _needed(wanted: list[str]) -> list[str]:
    """The wanted steps and those that must run before them."""
    last = max(map(STEPS.index, wanted))
    return [name for name in STEPS[: last + 1] if name in wanted or name == "up"]


def up(where: Place) -> None:
    """What a user of plain Pulumi does for `mlp up`: `eval "$(mlp env ENV)" && pulumi up --policy-pack ...`."""
    where.enter()
    where.pulumi("up", "--yes", *where.pack)


def down(where: Place) -> None:
    """What a user of plain Pulumi does for `mlp down`; it leaves account and control plane running."""
    resources = json.loads(where.pulumi("stack", "export"))["deployment"]["resources"]
    if any(one.get("protect") for one in resources):
        decommission = ("--config", "ml-platform:decommission=true")
        where.pulumi("up", "--yes", "--skip-preview", *decommission)
    where.pulumi("destroy", "--yes", "--skip-preview")


def raw(where: Place, planned: list[dict[str, Any]]) -> None:
    """The same resources, each registered by its type and inputs as the state has them: no component, no policy."""
    shutil.copy(Path(__file__).with_name("program.py"), where.made.path / "__main__.py")
    (where.made.path / "plan.json").write_text(json.dumps(planned))
    where.enter()
    where.pulumi("up", "--yes")


def audit(where: Place) -> None:
    """`mlp audit --account`; that it finds something is no failure."""
    command = [sys.executable, "-m", "mlp", "audit", "--account", "--sandbox", "--env", where.environment]
    succeed(command, codes=(0, 1, 3), cwd=where.made.path)


def note(where: Place) -> None:
    """Note the requests of a live audit."""
    _audit_program(where, "note")


def ask(where: Place) -> None:
    """The noted requests by bare boto3."""
    _audit_program(where, "ask")


def _audit_program(where: Place, what: str) -> None:
    endpoint = where.mlp("env")["set"]["AWS_ENDPOINT_URL"]
    requests = str(where.made.path / "requests")
    succeed([sys.executable, "-m", "tests.bench.audit", what, requests], env=account_variables(endpoint))


def imports(where: Place) -> None:
    """Start Python and import what `mlp status` needs."""
    succeed([sys.executable, "-c", "import boto3, mlp.cli, mlp.verbs, mlp.health"], cwd=where.made.path)


STEP = {
    "up": Step("mlp up, from nothing running", lambda where: where.mlp("up"), up, f"mlp env, then {PLAIN}"),
    "again": Step(
        "mlp up, nothing to change",
        lambda where: where.mlp("up"),
        lambda where: where.pulumi("preview", *where.pack),  # that is all there is to do
    ),
    "preview": Step(
        "mlp preview, nothing to change",
        lambda where: where.mlp("preview"),
        lambda where: where.pulumi("preview", *where.pack),
    ),
    "change": Step(
        "mlp up, one resource to change",
        lambda where: where.mlp("up"),
        lambda where: where.pulumi("up", "--yes", *where.pack),
        before=lambda where: where.change(),
        before_plain=lambda where: where.enter(),
    ),
    "status": Step("mlp status", lambda where: where.mlp("status"), imports, "importing its modules"),
    "audit": Step(
        "mlp audit --account", audit, ask, "the same requests by bare boto3", before_plain=lambda where: note(where)
    ),
    "down": Step("mlp down", lambda where: where.mlp("down"), down, "plain pulumi destroy"),
}


def _tell(say: Say, when: str, side: str, what: str) -> None:
    say(f"{when}, {side}: {what} ...")


def _row(environment: str, name: str, ours: list[Took], floors: list[Took], planned: list[dict[str, Any]]) -> Row:
    step, best = STEP[name], min(ours, key=lambda one: one.clock)
    floor = min(floors, key=lambda one: one.clock) if floors else None
    return compared(f"{environment}: {step.what}", name, best, step.floor, floor, f"{len(planned)} resources")


def _raw_row(environment: str, ours: list[Took], floors: list[Took]) -> list[Row]:
    best, floor = (min(each, key=lambda one: one.clock) for each in (ours, floors))
    return [compared(f"{environment}: {STEP['up'].what}", "up", best, f"mlp env, then {RAW}", floor, "")]


def compared(
    what: str, part: str, ours: Took, floor_name: str, floor: Took | None, note: str, named: dict[str, str] = NAMED
) -> Row:
    """A row of two sides.

    Raises:
        SystemExit: They ran under different conditions, so that a ratio would say nothing.
    """
    if floor is None:
        return Row(part, what, ours.clock, cpu=ours.cpu, note=note)
    differs: dict[str, str] = {}
    if "engine" in ours.seen or "engine" in floor.seen:
        if wrong := unnamed(ours.seen, floor.seen, named):
            lines = "\n".join(f"  {name}: {text}" for name, text in sorted(wrong.items()))
            raise SystemExit(f"{what}: the two sides differ in variables that nothing explains:\n{lines}")
        differs = {name: named[name] for name in differences(ours.seen, floor.seen)}
    return Row(part, what, ours.clock, floor_name, floor.clock, "s", ours.cpu, floor.cpu, differs, note)
