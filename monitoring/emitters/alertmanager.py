"""Alertmanager, which tells people and programs."""

from monitoring.metric import TARGET, Emitter

EMITTER = Emitter(
    name="alertmanager",
    version="0.34.0",
    target_labels=TARGET,
    source="prometheus/alertmanager, notify/notify.go and api/metrics",
    heartbeat="alertmanager_config_last_reload_successful",
)

METRICS = (
    EMITTER.counter("alertmanager_notifications_total", "notifications", "messages it tried to send", "integration"),
    EMITTER.counter(
        "alertmanager_notifications_failed_total",
        "notifications",
        "messages that did not get through",
        "integration",
        "reason",
    ),
    EMITTER.gauge("alertmanager_alerts", "alerts", "alerts that it has, by state", "state"),
    EMITTER.gauge(
        "alertmanager_config_last_reload_successful", "0 or 1", "whether the last configuration was accepted"
    ),
)
