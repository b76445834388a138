"""Every alert fires when it should, stays silent when it should, and does what it says without data: promtool."""

import subprocess
from pathlib import Path

import pytest
import yaml

from monitoring import promql, rules, services
from monitoring.alerts import serving
from monitoring.catalogue import SERIES
from monitoring.rule import Alert
from monitoring.watched import Watched
from tests.monitoring import promtool
from tests.monitoring.sample import CHAT, FRAUD, WATCHED

ROOT = Path(__file__).parents[2]
CASES = promtool.cases()
ALERTS, RECORDINGS = promtool.whole()
ALWAYS = {"Watchdog"}
"""Alerts that are never silent."""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return promtool.run(tmp_path_factory.mktemp("rules"), ALERTS, RECORDINGS, CASES)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_fires_stays_silent_and_handles_missing_data(name: str, results: dict[str, str]) -> None:
    own = [case for case in CASES if case.alert == name]
    assert any(case.fires for case in own), "no case in which it fires"
    assert name in ALWAYS or any(not case.fires for case in own), "no case in which it stays silent"
    wanted = [f"{name}: {case}" for case in ("no data", *(case.name for case in own))]
    assert [test for test in wanted if test not in results] == []
    assert {test: results[test] for test in wanted if results[test]} == {}


def test_every_case_is_of_an_alert() -> None:
    assert {case.alert for case in CASES} - {*ALERTS} == set()


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("ServiceDown", {"expr": ALERTS["ServiceDown"].expr.replace(f" unless {serving.UNREADY}", "")}),
        ("ServiceDown", {"expr": ALERTS["ServiceDown"].expr.partition(" unless on (namespace, model) label_rep")[0]}),
        ("RolloutAborted", {"expr": ALERTS["RolloutAborted"].expr.replace("Timeout|", "")}),
        ("PodCrashLooping", {"expr": ALERTS["PodCrashLooping"].expr.replace("[5m]", "[1m]")}),
        ("ErrorBudgetBurning", {"expr": "ml_platform:errors:ratio1h > 0.5"}),
        ("ErrorBudgetBurning", {"expr": ALERTS["ErrorBudgetBurning"].expr.replace("ratio5m", "ratio1h")}),
        ("ErrorBudgetBurning", {"expr": ALERTS["ErrorBudgetBurning"].expr.replace(">= 5", ">= 0")}),
        ("FeatureDrift", {"wait": "1h"}),
        ("FeatureDrift", {"retrain": ""}),
        ("GpuIdle", {"summary": "{{ $labels.pod }}: {{ $value }}"}),
    ],
)
def test_a_broken_alert_is_found_out(name: str, broken: dict[str, object], tmp_path: Path) -> None:
    """It never fires, or too late, for too little, too long, or says something else: each of these fails a case."""
    alert = ALERTS[name].model_copy(update=broken)
    results = promtool.run(tmp_path, {name: alert}, RECORDINGS, [case for case in CASES if case.alert == name])
    assert [test for test, failure in results.items() if failure] != []


@pytest.mark.parametrize(
    "watched",
    [WATCHED, Watched(emitters=("karpenter",)), Watched(services=(FRAUD,), emitters=("opencost",))],
    ids=["everything", "nothing", "one service"],
)
def test_every_expression_reads_what_a_program_emits(watched: Watched) -> None:
    promql.check(rules.typed(watched), services.KNOWN)


def test_prometheus_accepts_the_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": rules.groups(WATCHED)}))
    command = [promtool.promtool(), "check", "rules", "--lint=all", "--lint-fatal", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{sum(len(group['rules']) for group in rules.groups(WATCHED))} rules found" in done.stdout


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_loss_of_data_is_noticed(alert: Alert) -> None:
    """An alert that relies on EmitterMissing reads only emitters whose loss it notices."""
    if alert.noticed != "EmitterMissing":
        return
    recorded = promtool.needed(alert, RECORDINGS)
    names = {name for one in (alert, *recorded) for name in promql.names(one.expr) if name in SERIES}
    read = {SERIES[name].emitter.name for name in names}
    services_own = {"mlserver", "vllm", "ml-platform-serving"}
    assert read <= {*WATCHED.emitters, *services_own}


def test_an_unknown_emitter_is_refused_with_those_that_are_allowed() -> None:
    with pytest.raises(ValueError, match=r"emitters = mlflow: allowed: .*karpenter"):
        rules.typed(Watched(emitters=("mlflow",)))


def test_no_service_has_another_ones_bound() -> None:
    same = FRAUD.model_copy(update={"namespace": "other", "fast_seconds": 0.1})
    found = [one for one in services.measured((FRAUD, same, CHAT)).recordings if "late:rate5m" in one.name]
    assert len(found) == 3
    assert all(
        f'namespace="{one.namespace}"' in rule.expr for one, rule in zip((FRAUD, same, CHAT), found, strict=True)
    )


def test_the_page_on_monitoring_lists_every_alert_as_it_is() -> None:
    page = (ROOT / "docs/monitoring.md").read_text()
    rows = [line for line in page.splitlines() if "](runbooks/" in line]
    groups = {alert.name: group.name for group in rules.typed(WATCHED) for alert in group.alerts}

    def row(alert: Alert) -> str:
        without = f"{alert.missing}; {alert.noticed}" if alert.noticed else f"{alert.missing}"
        cells = (f"[{alert.name}](runbooks/{alert.name}.md)", groups[alert.name], alert.severity, alert.owner, without)
        return f"| {' | '.join(cells)} |"

    assert sorted(rows) == sorted(map(row, ALERTS.values()))
