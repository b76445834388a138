"""A quiet week raises no alarm; every fault of the list does, soon enough."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring import rules
from tests.monitoring import week
from tests.monitoring.promtool import promtool
from tests.monitoring.sample import WATCHED
from tests.monitoring.world import DAY, World

GAP = 45
"""Minutes between two faults of a lane."""
FIRING = 'ALERTS{{alertname{}, alertstate="firing"}}'
WATCHDOG, OTHERS = FIRING.format('="Watchdog"'), FIRING.format('!="Watchdog"')
NEVER = [{"labels": "{}", "value": -1}]
"""What no answer is, so that promtool says what it is."""


@dataclass(frozen=True)
class Fault:
    """Something that breaks, and the alerts that are to fire."""

    name: str
    alert: str
    within: int
    lasts: int
    start: int
    also: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    lane: str = ""


@dataclass(frozen=True)
class Fired:
    """What fired for a fault: its own alert after so many minutes, and all alerts with their severities.

    `minutes` is None if its alert did not fire in time, or fired before there was a fault.
    """

    minutes: int | None
    alerts: Mapping[str, str]


def faults() -> list[Fault]:
    found = []
    for lane, rows in yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text()).items():
        start = DAY
        for name, row in rows.items():
            also, later = (tuple(row.get(key, ())) for key in ("also", "later"))
            found.append(Fault(name, row["alert"], row["within"], row["lasts"], start, also, later, lane))
            start += row["lasts"] + GAP
    return found


FAULTS = faults()


def asked(folder: Path, world: World, every: str, given: list[dict[str, Any]], rendered: list[Any]) -> str:
    """What promtool says of a world, evaluated as often as that, and of questions."""
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": rendered}))
    tests = [{"interval": "1m", "input_series": world.spelled(), "promql_expr_test": given}]
    # JSON is YAML, and is written a hundred times faster.
    document = {"rule_files": ["rules.yaml"], "evaluation_interval": every, "tests": tests}
    (folder / "week.yaml").write_text(json.dumps(document))
    command = [promtool(), "test", "rules", str(folder / "week.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    return done.stdout + done.stderr


def test_a_quiet_week_raises_no_alarm(tmp_path: Path) -> None:
    """Seven days of series, a value a minute; rules every five minutes, as every minute takes a minute and a half."""
    minutes = 7 * DAY
    fired = f"count by (alertname) (count_over_time({OTHERS}[7d]))"
    watchdog = f"count_over_time({WATCHDOG}[7d:5m]) > bool 2000"
    given = [
        {"expr": fired, "eval_time": f"{minutes - 1}m", "exp_samples": []},
        # Rules were evaluated all the time: silence is not that of the dead.
        {"expr": f"sum({watchdog})", "eval_time": f"{minutes - 1}m", "exp_samples": [{"labels": "{}", "value": 1}]},
    ]
    said = asked(tmp_path, week.fill(World(minutes)), "5m", given, rules.groups(WATCHED))
    assert "SUCCESS" in said, said


def detected(folder: Path, chosen: list[Fault], rendered: list[Any]) -> Mapping[str, Fired]:
    """Fault to what fired for it."""
    spans = {fault.name: range(fault.start, fault.start + fault.lasts) for fault in chosen}
    end = max(fault.start + fault.lasts for fault in chosen)
    given = []
    for fault in chosen:
        firing = FIRING.format(f'="{fault.alert}"')
        first = f"min_over_time(timestamp(max by (alertname) ({firing}))[{fault.within + 1}m:1m])"
        given.append({"expr": f"count({firing})", "eval_time": f"{fault.start - 1}m", "exp_samples": NEVER})
        given.append({"expr": f"sum({first})", "eval_time": f"{fault.start + fault.within}m", "exp_samples": NEVER})
        # Those that began while it lasted.
        span = fault.lasts + GAP // 2
        began = f"max_over_time({OTHERS}[{span}m]) unless {OTHERS} offset {span + 1}m"
        end_ = f"{fault.start + span}m"
        given.append({"expr": f"count by (alertname, severity) ({began})", "eval_time": end_, "exp_samples": NEVER})
    world = week.fill(World(end + GAP, lambda name, minute: name in spans and minute in spans[name]))
    said = asked(folder, world, "1m", given, rendered)
    answers = re.findall(r"got:\s*(.*)", said)
    assert len(answers) == len(given), said
    lanes: dict[str, set[str]] = {}
    for fault in chosen:
        lanes.setdefault(fault.lane, set()).update((fault.alert, *fault.also, *fault.later))
    others = set().union(*lanes.values())
    found: dict[str, Fired] = {}
    for fault, before, first, all_ in zip(chosen, answers[::3], answers[1::3], answers[2::3], strict=True):
        told = re.fullmatch(r"\{\} (\S+)", first.strip())
        early = re.fullmatch(r"\{\} (\S+)", before.strip())
        alerts = dict(re.findall(r'alertname="(\w+)", severity="(\w+)"', all_))
        # Faults of other lanes are there at the same time.
        mine = {name: alerts[name] for name in alerts if name in lanes[fault.lane] or name not in others}
        found[fault.name] = Fired(None if early or not told else round(float(told[1]) / 60) - fault.start, mine)
    return found


def test_no_alert_is_of_two_lanes() -> None:
    of = {(name, fault.lane) for fault in FAULTS for name in (fault.alert, *fault.also, *fault.later)}
    assert sorted(name for name, _ in of) == sorted({name for name, _ in of})


def test_every_fault_fires_its_alert_in_time_and_no_others_than_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(FAULTS) >= 45
    found = detected(tmp_path, FAULTS, rules.groups(WATCHED))
    with capsys.disabled():
        print(f"\n{'fault':20} {'alert':24} {'fires after':>11} {'allowed':>8} {'pages':>6} {'alerts':>6}")
        for fault in FAULTS:
            told = found[fault.name]
            pages, minutes = [*told.alerts.values()].count("page"), f"{told.minutes} min"
            counts = f"{pages:>6} {len(told.alerts):>6}"
            print(f"{fault.name:20} {fault.alert:24} {minutes:>11} {fault.within:>4} min {counts}")
    assert [name for name, told in found.items() if told.minutes is None] == []
    expected = {fault.name: sorted({fault.alert, *fault.also}) for fault in FAULTS}
    assert {name: sorted(told.alerts) for name, told in found.items()} == expected


def test_a_fault_that_fires_no_alert_is_found_out(tmp_path: Path) -> None:
    """The same with rules that wait too long, and with rules that always fire: neither passes for detection."""
    broken = next(fault for fault in FAULTS if fault.name == "GPU broken")
    own = [group for group in rules.groups(WATCHED) if group["name"] == "ml-platform-gpu"]

    def changed(**change: str) -> list[dict[str, Any]]:
        chosen = [{**rule, **change} if rule["alert"] == broken.alert else rule for rule in own[0]["rules"]]
        return [{**own[0], "rules": chosen}]

    soon = [Fault(broken.name, broken.alert, broken.within, broken.lasts, 20)]
    assert detected(tmp_path, soon, changed(**{"for": "10m"}))[broken.name].minutes is None
    assert detected(tmp_path, soon, changed(expr="vector(1)"))[broken.name].minutes is None
    assert detected(tmp_path, soon, own) == {broken.name: Fired(0, {broken.alert: "ticket"})}
