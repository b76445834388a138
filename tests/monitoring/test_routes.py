"""Who receives which alert."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitoring import rules
from monitoring.routes import CAUSES, SILENCED, configuration
from monitoring.rule import Severity
from sandbox.toolchain import Toolbox
from tests.monitoring.sample import WATCHED

TOPICS = {severity.value: f"arn:aws:sns:eu-central-1:111111111111:ml-platform-{severity}" for severity in Severity}
URL = "http://retraining-webhook.monitoring.svc/alerts"
FILE = "/etc/alertmanager/secrets/watchdog/url"
WHOLE = configuration(TOPICS, "eu-central-1", retraining_url=URL, watchdog_url_file=FILE)
ALERTS = {rule["alert"]: rule for group in rules.groups(WATCHED) for rule in group["rules"] if "alert" in rule}


def matches(matchers: list[str], labels: dict[str, str]) -> bool:
    """As Alertmanager does: all of them, a regular expression from its beginning to its end."""
    for matcher in matchers:
        found = re.fullmatch(r'(\w+)(=~|=)"(.*)"', matcher)
        assert found, f"the evaluator of this test does not know {matcher}"
        name, operator, value = found.groups()
        given = labels.get(name, "")
        if not (re.fullmatch(value, given) if operator == "=~" else value == given):
            return False
    return True


def receivers(route: dict[str, Any], labels: dict[str, str]) -> list[str]:
    """Receivers of an alert, in their order: the deepest that match, others after one only if it says `continue`."""
    found: list[str] = []
    for child in route.get("routes", []):
        if matches(child["matchers"], labels):
            found += receivers(child, labels)
            if not child.get("continue"):
                break
    return found or [route["receiver"]]


def labels_of(name: str) -> dict[str, str]:
    return {"alertname": name, **ALERTS[name]["labels"]}


@pytest.mark.parametrize("name", ALERTS)
def test_every_alert_reaches_those_of_its_severity(name: str) -> None:
    both = ["retraining", "ticket"]
    expected = {"Watchdog": ["watchdog"], "FeatureDrift": both, "QualityLow": both}
    assert receivers(WHOLE["route"], labels_of(name)) == expected.get(name, [ALERTS[name]["labels"]["severity"]])


def test_what_has_no_known_severity_is_not_lost() -> None:
    assert receivers(WHOLE["route"], {"alertname": "KubeletDown", "severity": "critical"}) == ["ticket"]


def test_amtool_accepts_the_configuration_and_sees_the_same_routes(tmp_path: Path) -> None:
    amtool = str(Toolbox().ensure(["amtool"]).tools["amtool"].path)
    file = tmp_path / "alertmanager.yaml"
    file.write_text(yaml.safe_dump(WHOLE))
    checked = subprocess.run([amtool, "check-config", str(file)], capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for labels in map(labels_of, ALERTS):
        given = [f"{name}={value}" for name, value in labels.items()]
        command = [amtool, "config", "routes", "test", f"--config.file={file}", *given]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        assert done.stdout.strip().split(",") == receivers(WHOLE["route"], labels)


def test_a_page_is_sent_sooner_and_oftener_than_a_ticket() -> None:
    page, ticket, info = (next(r for r in WHOLE["route"]["routes"] if r["receiver"] == s) for s in Severity)
    assert [route["group_wait"] for route in (page, ticket, info)] == ["10s", "1m", "5m"]
    assert [route["repeat_interval"] for route in (page, ticket, info)] == ["1h", "24h", "5d"]


def test_receivers_are_the_topics_of_their_severity() -> None:
    told = {one["name"]: one["sns_configs"][0] for one in WHOLE["receivers"] if "sns_configs" in one}
    assert {name: sns["topic_arn"] for name, sns in told.items()} == TOPICS
    assert {sns["sigv4"]["region"] for sns in told.values()} == {"eu-central-1"}


def test_every_route_has_its_receiver_and_every_receiver_a_route() -> None:
    names = [one["name"] for one in WHOLE["receivers"]]
    assert sorted(names) == sorted({*(route["receiver"] for route in WHOLE["route"]["routes"])})


def test_the_dead_mans_switch_hears_from_us_every_few_minutes_and_its_address_stays_a_secret() -> None:
    route = next(one for one in WHOLE["route"]["routes"] if one["receiver"] == "watchdog")
    assert (route["group_interval"], route["repeat_interval"]) == ("1m", "5m")
    told = next(one for one in WHOLE["receivers"] if one["name"] == "watchdog")["webhook_configs"]
    assert told == [{"url_file": FILE, "send_resolved": False}]


def test_drift_asks_for_a_retraining_at_once_and_its_end_for_none() -> None:
    route = next(one for one in WHOLE["route"]["routes"] if one["receiver"] == "retraining")
    assert (route["group_wait"], route["group_by"], route["continue"]) == ("0s", ["model"], True)
    told = next(one for one in WHOLE["receivers"] if one["name"] == "retraining")["webhook_configs"]
    assert [(one["url"], one["send_resolved"]) for one in told] == [(URL, False)]


def test_without_them_there_is_no_webhook_and_the_watchdog_is_not_sent() -> None:
    bare = configuration(TOPICS, "eu-central-1")
    assert receivers(bare["route"], labels_of("FeatureDrift")) == ["ticket"]
    assert receivers(bare["route"], labels_of("Watchdog")) == ["watchdog"]
    assert [one for one in bare["receivers"] if "webhook_configs" in one] == []


def inhibited(name: str, by: str) -> bool:
    return any(
        matches(rule["source_matchers"], labels_of(by)) and matches(rule["target_matchers"], labels_of(name))
        for rule in WHOLE["inhibit_rules"]
    )


def test_what_follows_from_a_fault_of_the_same_service_is_inhibited() -> None:
    follows = {"ErrorBudgetBurning", "LatencyBudgetBurning", "LatencyP99High", "FirstTokenSlow", "GenerationQueueLong"}
    assert {name for name in follows if inhibited(name, "ServiceDown")} == follows
    assert inhibited("ErrorBudgetLeaking", "ErrorBudgetBurning")
    assert not inhibited("ErrorBudgetBurning", "ErrorBudgetLeaking")
    assert {tuple(rule["equal"]) for rule in WHOLE["inhibit_rules"] if rule != SILENCED} == {("namespace", "model")}


def test_what_sns_refuses_is_told_by_the_dead_mans_switch_which_hears_nothing_any_more() -> None:
    assert SILENCED in WHOLE["inhibit_rules"]
    refused = {**labels_of("NotificationsFailing"), "integration": "sns"}
    assert matches(SILENCED["source_matchers"], refused)
    assert not matches(SILENCED["source_matchers"], {**refused, "integration": "webhook"})
    assert [name for name in ALERTS if matches(SILENCED["target_matchers"], labels_of(name))] == ["Watchdog"]


@pytest.mark.parametrize("cause", CAUSES)
def test_causes_and_effects_are_alerts_and_no_cause_hides_another_fault(cause: str) -> None:
    assert cause in ALERTS
    assert [one for one in CAUSES[cause] if not any(re.fullmatch(one, name) for name in ALERTS)] == []
    assert not inhibited(cause, cause)
    assert not any(inhibited(name, cause) for name in ("RolloutAborted", "FeatureDrift", "NodeNotReady", "Watchdog"))


def test_a_severity_without_a_topic_is_refused() -> None:
    with pytest.raises(ValueError, match="info is missing: give the ARN"):
        configuration({one: TOPICS[one] for one in ("page", "ticket")}, "eu-central-1")
