"""Who receives an alert: Alertmanager's configuration, as data."""

from collections.abc import Mapping
from typing import Any

from monitoring.rule import Severity

GROUPED = ("alertname", "namespace", "model")
"""What becomes one message: ten pods of a service are one fault."""
REPEATED = {Severity.PAGE: "1h", Severity.TICKET: "24h", Severity.INFO: "5d"}
"""How long until a message comes again while nothing has changed; Alertmanager remembers for five days."""
AWAITED = {Severity.PAGE: "10s", Severity.TICKET: "1m", Severity.INFO: "5m"}
"""How long a message waits for others to join it."""
SUBJECT = "[{{ .Status }}] {{ .CommonLabels.alertname }} {{ .CommonLabels.namespace }} {{ .CommonLabels.model }}"
MESSAGE = """{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }}
owner {{ .Labels.owner }}, since {{ .StartsAt }}
{{ .Annotations.runbook_url }}

{{ end }}"""
CAUSES = {
    "ServiceDown": (
        "ErrorBudget.+",
        "LatencyBudget.+",
        "TokenBudget.+",
        "LatencyP.+",
        "FirstTokenSlow",
        "ServiceSaturated",
        "Generation.+",
        "PredictionShift",
    ),
    "ErrorBudgetBurning": ("ErrorBudgetLeaking",),
    "LatencyBudgetBurning": ("LatencyBudgetLeaking", "LatencyP.+", "FirstTokenSlow"),
    "TokenBudgetBurning": ("TokenBudgetLeaking",),
}
"""Alert to those that follow from it: while it fires, it inhibits them for the same service."""
SILENCED = {
    "source_matchers": ['alertname="NotificationsFailing"', 'integration="sns"'],
    "target_matchers": ['alertname="Watchdog"'],
}
"""While SNS refuses messages, Alertmanager holds `Watchdog` back, and the dead man's switch raises its alarm."""


def configuration(
    topics: Mapping[str, str], region: str, *, retraining_url: str | None = None, watchdog_url_file: str | None = None
) -> dict[str, Any]:
    """Alertmanager's configuration.

    Args:
        topics: Severity (`page`, `ticket`, `info`) to the ARN of its SNS topic.
        region: Region of the topics.
        retraining_url: Webhook that receives drift and starts a retraining; none by default.
        watchdog_url_file: File, in Alertmanager's pod, with the address of the dead man's switch: a service outside
            that raises the alarm when it hears nothing. The address is a secret, so only its file is named. Without it
            `Watchdog` is not sent anywhere, and alerts that do not get through go unnoticed.

    Raises:
        ValueError: A severity has no topic.
    """
    if missing := [severity.value for severity in Severity if severity not in topics]:
        raise ValueError(f"topics = {', '.join(topics)}: {', '.join(missing)} is missing: give the ARN of its topic")
    receivers = [{"name": severity.value, "sns_configs": [_sns(topics[severity], region)]} for severity in Severity]
    routes = [_severity(severity) for severity in Severity]
    if retraining_url:
        # Once a day until it is over; the receiver knows one alert by its fingerprint, and the bus has a cooldown.
        once = {"group_by": ["model"], "group_wait": "0s", "repeat_interval": "24h", "continue": True}
        routes.insert(0, {"receiver": "retraining", "matchers": ['retrain="true"'], **once})
        webhook = {"url": retraining_url, "send_resolved": False, "max_alerts": 50}
        receivers.append({"name": "retraining", "webhook_configs": [webhook]})
    watchdog: dict[str, Any] = {"name": "watchdog"}
    if watchdog_url_file:
        watchdog |= {"webhook_configs": [{"url_file": watchdog_url_file, "send_resolved": False}]}
    often = {"group_wait": "0s", "group_interval": "1m", "repeat_interval": "5m"}
    routes.insert(0, {"receiver": "watchdog", "matchers": ['alertname="Watchdog"'], **often})
    return {
        "route": {
            # An alert without a known severity is a mistake in its rule, and is not lost.
            "receiver": Severity.TICKET.value,
            "group_by": list(GROUPED),
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": REPEATED[Severity.TICKET],
            "routes": routes,
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'alertname="{cause}"'],
                "target_matchers": [f'alertname=~"{"|".join(effects)}"'],
                "equal": ["namespace", "model"],
            }
            for cause, effects in CAUSES.items()
        ]
        + [SILENCED],
        "receivers": [*receivers, watchdog],
    }


def _severity(severity: Severity) -> dict[str, Any]:
    return {
        "receiver": severity.value,
        "matchers": [f'severity="{severity}"'],
        "group_wait": AWAITED[severity],
        "repeat_interval": REPEATED[severity],
    }


def _sns(topic: str, region: str) -> dict[str, Any]:
    return {
        "topic_arn": topic,
        "sigv4": {"region": region},
        "subject": SUBJECT,
        "message": MESSAGE,
        "send_resolved": True,
    }
