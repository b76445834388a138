"""Prometheus itself, and what it adds to every target."""

from monitoring.label import SERVED, named
from monitoring.metric import Emitter

EMITTER = Emitter(
    name="prometheus",
    version="3.15.0",
    target_labels=SERVED,
    source="scraped, /metrics",
    heartbeat="prometheus_tsdb_head_series",
)

METRICS = (
    EMITTER.gauge("up", "0 or 1", "whether the last scrape of a target worked"),
    EMITTER.counter(
        "prometheus_rule_evaluation_failures_total",
        "evaluations",
        "evaluations of rules that failed",
        named("rule_group", "/etc/prometheus/rules/platform.yaml;ml-platform-serving", form=r".+"),
    ),
    EMITTER.gauge("prometheus_tsdb_head_series", "series", "series in memory"),
)
