"""Cases of alerts, and what promtool says of them."""

import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from promql_parser import parse_duration

from monitoring import promql, rules
from monitoring.catalogue import EMITTERS, SERIES
from monitoring.rule import Alert, Missing, Recording
from tests.monitoring import sample
from tests.monitoring.contract import emitted

RUNBOOKS = "https://example.com/runbooks"
SHORT = {
    "FRAUD": 'namespace="serving", pod="fraud-1", model="fraud", version="3"',
    "CHAT": 'namespace="language", pod="chat-1", model="chat", version="1"',
    "CREDIT": 'namespace="serving", pod="credit-1", model="credit", version="1"',
    "INFER": 'path="/v2/models/fraud/infer", method="POST"',
}
UP = {"up{FRAUD}": "1x{}", "up{CHAT}": "1x{}", "up{CREDIT}": "1x{}"}
BEATS = {
    f"{module.EMITTER.heartbeat}{{}}": "1x{}" if "1" in SERIES[module.EMITTER.heartbeat].unit else "0+0x{}"
    for module in EMITTERS
    if module.EMITTER.heartbeat and module.EMITTER.name in sample.WATCHED.emitters
}
WELL = UP | BEATS
"""What is there unless a case says otherwise."""


@dataclass(frozen=True)
class Case:
    """Series, and what fires at a time."""

    alert: str
    name: str
    series: Mapping[str, str]
    at: str
    every: str
    fires: Mapping[str, str]
    score: str | None


def cases() -> list[Case]:
    found = []
    for file in sorted((Path(__file__).parent / "cases").glob("*.yaml")):
        for alert, rows in yaml.safe_load(file.read_text()).items():
            for name, row in rows.items():
                assert {*row} <= {"series", "at", "every", "fires", "score"}, f"{alert}, {name}: {sorted(row)}"
                series, every, fires = row.get("series", {}), row.get("every", "1m"), row.get("fires", {})
                found.append(Case(alert, name, series, row["at"], every, fires, row.get("score")))
    return found


def needed(alert: Alert, recordings: Iterable[Recording]) -> list[Recording]:
    """Recordings that an alert reads, and those that they read, in their order."""
    recordings = list(recordings)
    names = set(promql.names(alert.expr))
    for recording in reversed(recordings):
        if recording.name in names:
            names |= promql.names(recording.expr)
    return [recording for recording in recordings if recording.name in names]


def spelled(series: Mapping[str, str]) -> list[dict[str, str]]:
    """Series as promtool reads them, each as its emitter gives it."""
    found = []
    for key, values in series.items():
        for short, long in SHORT.items():
            key = key.replace(short, long)
        found.append({"series": emitted(key), "values": str(values)})
    return found


def expected(alert: Alert, case: Case) -> list[dict[str, Any]]:
    """What promtool is to see: every label and annotation."""
    found = []
    for labels, summary in case.fires.items():
        given = yaml.safe_load("{" + labels.replace("=", ": ") + "}")
        annotations = {"summary": summary, "runbook_url": f"{RUNBOOKS}/{alert.name}.md"}
        if case.score is not None:
            annotations["score"] = case.score
        own = {"severity": alert.severity.value, "owner": alert.owner.value}
        found.append({"exp_labels": {**given, **own}, "exp_annotations": annotations})
    return found


def firing(alert: Alert, name: str, at: str, series: Mapping[str, str]) -> dict[str, Any]:
    """A test of nothing but whether an alert fires without data."""
    query = f'count(ALERTS{{alertname="{alert.name}", alertstate="firing"}}) > bool 0 or vector(0)'
    samples = [{"labels": "{}", "value": int(alert.missing is Missing.FIRES)}]
    asked = [{"expr": query, "eval_time": at, "exp_samples": samples}]
    return {"name": name, "interval": "1m", "input_series": spelled(series), "promql_expr_test": asked}


def document(alert: Alert, given: list[Case], recordings: list[Recording], rule_file: str) -> dict[str, Any]:
    """A test file: the cases of an alert, and one without any data."""
    tests = [firing(alert, f"{alert.name}: no data", f"{minutes_of(alert.wait) + 90}m", {})]
    read = promql.names(alert.expr).union(*(promql.names(one.expr) for one in needed(alert, recordings)))
    for case in given:
        length = minutes_of(case.at) // minutes_of(case.every) + 1
        well = {key: values.format(length) for key, values in WELL.items() if key.split("{")[0] in read}
        tests.append(
            {
                "name": f"{alert.name}: {case.name}",
                "interval": case.every,
                "input_series": spelled({**well, **case.series}),
                "alert_rule_test": [
                    {"eval_time": case.at, "alertname": alert.name, "exp_alerts": expected(alert, case)},
                ],
            }
        )
    every = min((case.every for case in given), key=minutes_of, default="1m")
    return {"rule_files": [rule_file], "evaluation_interval": every, "tests": tests}


def minutes_of(duration: str) -> int:
    return 0 if duration.startswith("0") else int(parse_duration(duration).total_seconds() // 60)


def promtool() -> str:
    found = shutil.which("promtool")
    if not found:
        pytest.skip("promtool is not installed: run `mlp doctor --fix`")
    return found


def run(folder: Path, alerts: Mapping[str, Alert], recordings: list[Recording], given: list[Case]) -> dict[str, str]:
    """Names of promtool's tests to what failed in them, empty if nothing did."""
    files = []
    for alert in alerts.values():
        own = [case for case in given if case.alert == alert.name]
        chosen = [one.rendered() for one in needed(alert, recordings)]
        group = {"name": alert.name, "rules": [*chosen, alert.rendered(RUNBOOKS)]}
        (folder / f"{alert.name}.rules.yaml").write_text(yaml.safe_dump({"groups": [group]}))
        file = folder / f"{alert.name}.test.yaml"
        file.write_text(yaml.safe_dump(document(alert, own, recordings, f"{alert.name}.rules.yaml")))
        files.append(file)
    report = folder / "report.xml"
    command = [promtool(), "test", "rules", f"--junit={report}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert report.exists(), done.stdout + done.stderr
    results: dict[str, str] = {}
    for found in ElementTree.parse(report).iter("testcase"):
        results[found.get("name", "")] = "\n".join(part.text or part.get("message", "") for part in found)
    return results


def whole() -> tuple[dict[str, Alert], list[Recording]]:
    groups = rules.typed(sample.WATCHED)
    return rules.alerts(sample.WATCHED), [one for group in groups for one in group.recordings]
