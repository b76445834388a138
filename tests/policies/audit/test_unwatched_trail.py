from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.audit.unwatched_trail import RULE
from policies.profiles import PROFILES
from tests.policies.world import judged, made

EVENTS = PROFILES["prod"].watched_events
PATTERN = " ".join(EVENTS)
ARN = "arn:aws:logs:eu-central-1:123456789012:log-group:audit:*"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:security"


def verdict(group: Any = "audit", pattern: Any = PATTERN, stack: str = "prod", **alarm: Any) -> tuple[Outcome, str]:
    metric = {"name": "changes", "namespace": "audit"}
    looks = {"logGroupName": group, "pattern": pattern, "metricTransformation": metric}
    tells = {"metricName": "changes", "namespace": "audit", "alarmActions": [TOPIC], **alarm}
    return judged(
        RULE,
        made("aws:cloudtrail/trail:Trail", "trail", {"cloudWatchLogsGroupArn": ARN}),
        made("aws:cloudwatch/logMetricFilter:LogMetricFilter", "filter", looks),
        made("aws:cloudwatch/metricAlarm:MetricAlarm", "alarm", tells),
        stack=stack,
    )


def test_passes_when_an_alarm_acts_on_every_event() -> None:
    assert verdict() == (Outcome.PASS, "")


@pytest.mark.parametrize(
    "change",
    [
        {"group": "audit-2"},
        {"pattern": "StopLoggingInsights"},
        {"metricName": "others"},
        {"namespace": "others"},
        {"alarmActions": []},
        {"alarmActions": None},
        {"actionsEnabled": False},
    ],
    ids=lambda change: next(iter(change)),
)
def test_fails_when_a_link_of_the_chain_lacks(change: dict[str, Any]) -> None:
    outcome, message = verdict(**change)
    assert outcome is Outcome.FAIL
    assert ", ".join(EVENTS) in message


@pytest.mark.parametrize("link", ["group", "pattern", "metricName", "alarmActions", "actionsEnabled"])
def test_unknown_when_a_link_is(link: str) -> None:
    unknown: dict[str, Any] = {link: UNKNOWN}
    assert verdict(**unknown)[0] is Outcome.UNKNOWN
    assert verdict(alarmActions=[UNKNOWN])[0] is Outcome.PASS, "an action that is about to be made is one"


def test_not_applicable_where_nothing_is_watched() -> None:
    assert verdict(stack="local")[0] is Outcome.NOT_APPLICABLE
