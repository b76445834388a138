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
NEVER = [{"labels": "{}", "value": -1}]
"""What no answer is, so that promtool says what it is."""


@dataclass(frozen=True)
class Fault:
    """Something that breaks, and who is to tell of it."""

    name: str
    alert: str
    within: int
    lasts: int
    start: int


def faults() -> list[Fault]:
    found = []
    for lane in yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text()).values():
        start = DAY
        for name, row in lane.items():
            found.append(Fault(name, row["alert"], row["within"], row["lasts"], start))
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
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.stdout + done.stderr


def test_a_quiet_week_raises_no_alarm(tmp_path: Path) -> None:
    """Seven days of series, a value a minute; rules every five minutes, as every minute takes a minute and a half."""
    minutes = 7 * DAY
    fired = f"count by (alertname) (count_over_time({FIRING.format('!=' + chr(34) + 'Watchdog' + chr(34))}[7d]))"
    watchdog = f"count_over_time({FIRING.format('=' + chr(34) + 'Watchdog' + chr(34))}[7d:5m]) > bool 2000"
    given = [
        {"expr": fired, "eval_time": f"{minutes - 1}m", "exp_samples": []},
        # Rules were evaluated all the time: silence is not that of the dead.
        {"expr": f"sum({watchdog})", "eval_time": f"{minutes - 1}m", "exp_samples": [{"labels": "{}", "value": 1}]},
    ]
    said = asked(tmp_path, week.fill(World(minutes)), "5m", given, rules.groups(WATCHED))
    assert "SUCCESS" in said, said


def detected(folder: Path, chosen: list[Fault], rendered: list[Any]) -> Mapping[str, int | None]:
    """Fault to the minutes until its alert fired, None if it did not in time, or fired before there was a fault."""
    spans = {fault.name: range(fault.start, fault.start + fault.lasts) for fault in chosen}
    end = max(fault.start + fault.lasts for fault in chosen)
    given = []
    for fault in chosen:
        firing = FIRING.format(f'="{fault.alert}"')
        first = f"min_over_time(timestamp(max by (alertname) ({firing}))[{fault.within + 1}m:1m])"
        given.append({"expr": f"count({firing})", "eval_time": f"{fault.start - 1}m", "exp_samples": NEVER})
        given.append({"expr": f"sum({first})", "eval_time": f"{fault.start + fault.within}m", "exp_samples": NEVER})
    world = week.fill(World(end + 1, lambda name, minute: name in spans and minute in spans[name]))
    said = asked(folder, world, "1m", given, rendered)
    answers = re.findall(r"got:\s*(.*)", said)
    assert len(answers) == len(given), said
    found: dict[str, int | None] = {}
    for fault, before, first in zip(chosen, answers[::2], answers[1::2], strict=True):
        told = re.fullmatch(r"\{\} (\S+)", first.strip())
        early = re.fullmatch(r"\{\} (\S+)", before.strip())
        found[fault.name] = None if early or not told else round(float(told[1]) / 60) - fault.start
    return found


def test_every_fault_is_told_of_in_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(FAULTS) >= 20
    found = detected(tmp_path, FAULTS, rules.groups(WATCHED))
    with capsys.disabled():
        print(f"\n{'fault':20} {'alert':24} {'fires after':>11} {'allowed':>8}")
        for fault in FAULTS:
            print(f"{fault.name:20} {fault.alert:24} {found[fault.name]!s:>6} min {fault.within:>4} min")
    assert [name for name, minutes in found.items() if minutes is None] == []


def test_a_fault_that_no_alert_tells_of_is_found_out(tmp_path: Path) -> None:
    """The same with rules that wait too long, and with rules that always fire: neither passes for detection."""
    broken = next(fault for fault in FAULTS if fault.name == "GPU broken")
    own = [group for group in rules.groups(WATCHED) if group["name"] == "ml-platform-gpu"]

    def changed(**change: str) -> list[dict[str, Any]]:
        chosen = [{**rule, **change} if rule["alert"] == broken.alert else rule for rule in own[0]["rules"]]
        return [{**own[0], "rules": chosen}]

    soon = [Fault(broken.name, broken.alert, broken.within, broken.lasts, 20)]
    assert detected(tmp_path, soon, changed(**{"for": "10m"})) == {broken.name: None}
    assert detected(tmp_path, soon, changed(expr="vector(1)")) == {broken.name: None}
    assert detected(tmp_path, soon, own) == {broken.name: 0}
