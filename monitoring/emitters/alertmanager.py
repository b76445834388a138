"""Alertmanager, which tells people and programs."""

from monitoring.label import TARGET, known
from monitoring.metric import Emitter

_SOURCE = "prometheus/alertmanager v0.34.0"
EMITTER = Emitter(
    name="alertmanager",
    version="0.34.0",
    target_labels=TARGET,
    source=f"{_SOURCE}, notify/notify.go and api/metrics",
    heartbeat="alertmanager_config_last_reload_successful",
)
_INTEGRATION = known(
    "integration",
    *("discord", "email", "incidentio", "jira", "mattermost", "msteams", "msteamsv2", "opsgenie", "pagerduty"),
    *("pushover", "rocketchat", "slack", "sns", "telegram", "victorops", "webex", "webhook", "wechat"),
    examples=("sns", "webhook"),
    source=f"{_SOURCE}, notify/metrics.go",
)
_REASON = known(
    "reason",
    *("other", "clientError", "serverError", "contextCanceled", "contextDeadlineExceeded", "authError", "rateLimited"),
    examples=("other", "clientError"),
    source=f"{_SOURCE}, notify/util.go",
)

METRICS = (
    EMITTER.counter("alertmanager_notifications_total", "notifications", "messages it tried to send", _INTEGRATION),
    EMITTER.counter(
        "alertmanager_notifications_failed_total",
        "notifications",
        "messages that did not get through",
        _INTEGRATION,
        _REASON,
    ),
    EMITTER.gauge(
        "alertmanager_alerts",
        "alerts",
        "alerts that it has, by state",
        known("state", "active", "suppressed", "unprocessed", source=f"{_SOURCE}, alert/state.go"),
    ),
    EMITTER.gauge(
        "alertmanager_config_last_reload_successful", "0 or 1", "whether the last configuration was accepted"
    ),
)
