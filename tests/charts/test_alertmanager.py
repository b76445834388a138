"""Alertmanager's configuration as the chart renders it: amtool says where each alert goes."""

import subprocess
from pathlib import Path

import pytest
import yaml

from mlp.fetch import fetch
from monitoring import rules
from stacks.monitoring import watched
from stacks.settings import Settings
from tests.charts.facts import ALERTMANAGER
from tests.charts.pods import objects
from tests.charts.wired import ENVIRONMENTS, releases

SECRET = "alertmanager-kube-prometheus-stack-alertmanager"
"""The Secret that the operator reads for the Alertmanager object of this name."""


@pytest.fixture(scope="module")
def amtool() -> Path:
    found = fetch(["amtool"]).tools["amtool"].path
    assert found
    return found


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def configuration(environment: str, tmp_path: Path) -> Path:
    (secret,) = [one for one in objects(environment, "Secret") if one["metadata"]["name"] == SECRET]
    (text,) = [text for key, text in secret["stringData"].items() if key == ALERTMANAGER]
    file = tmp_path / ALERTMANAGER
    file.write_text(text)
    return file


def run(amtool: Path, *arguments: str) -> str:
    done = subprocess.run([amtool, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_amtool_accepts_it(amtool: Path, configuration: Path) -> None:
    assert "SUCCESS" in run(amtool, "check-config", str(configuration))


def test_it_is_what_the_platform_gives(configuration: Path, environment: str) -> None:
    """The chart keeps its own beside it: `global`, and where templates of messages are."""
    given = releases(environment)["kube-prometheus-stack"]["values"]["alertmanager"]["config"]
    found = yaml.safe_load(configuration.read_text())
    assert {key: found[key] for key in given} == given
    assert found.keys() - given.keys() == {"global", "templates"}


def test_every_alert_goes_where_its_severity_says(amtool: Path, configuration: Path, environment: str) -> None:
    settings = Settings.from_file(environment)
    assert settings.monitoring
    groups = rules.groups(watched(settings, settings.monitoring))
    alerts = {rule["alert"]: rule["labels"] for group in groups for rule in group["rules"] if "alert" in rule}
    assert alerts
    expected = {name: [labels["severity"]] for name, labels in alerts.items()} | {"Watchdog": ["watchdog"]}
    if settings.drift:
        expected |= {name: ["retraining", "ticket"] for name in ("FeatureDrift", "QualityLow")}
    assert {name: routed(amtool, configuration, {"alertname": name, **alerts[name]}) for name in alerts} == expected


def routed(amtool: Path, configuration: Path, labels: dict[str, str]) -> list[str]:
    """Receivers of an alert with these labels."""
    given = [f"{key}={value}" for key, value in labels.items()]
    return run(amtool, "config", "routes", "test", f"--config.file={configuration}", *given).strip().split(",")
