"""AUD-06: whoever blinds the trail is heard."""

import re
from collections.abc import Iterator
from typing import Any

from policies._controls import cis_4, nist
from policies._logic import both, either, known
from policies._rule import Rule
from policies._verdict import PASS, Outcome, Verdict, not_applicable, unknown
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_FILTER, _ALARM = "aws:cloudwatch/logMetricFilter:LogMetricFilter", "aws:cloudwatch/metricAlarm:MetricAlarm"
_GROUP = "cloudWatchLogsGroupArn"


def _check(trail: Resource, stack: Stack) -> Verdict:
    events = stack.profile.watched_events
    if not events:
        return not_applicable(f"{stack.profile.environment} raises no alarms on its trail")
    answers = {event: either(_answers(trail, stack, event)) for event in events}
    if lacking := [event for event, answer in answers.items() if answer is False]:
        message = f"no alarm with an action looks for {', '.join(lacking)} in the log group of {trail.name}"
        return Verdict(Outcome.FAIL, message, tuple(lacking))
    return unknown(f"what alarms look for in the log group of {trail.name}") if UNKNOWN in answers.values() else PASS


def _answers(trail: Resource, stack: Stack, event: str) -> Iterator[Any]:
    """For each filter: whether it looks for an event in the trail's logs and an alarm acts on it."""
    alarms = list(stack.of_types([_ALARM]))
    for found in stack.of_types([_FILTER]):
        pattern = found.get("pattern")
        looks = known(pattern, re.search(rf"\b{event}\b", str(pattern)))
        yield both([looks, _reads(found, trail), either(_acts(alarm, found) for alarm in alarms)])


def _reads(found: Resource, trail: Resource) -> Any:
    """Whether a filter reads the trail's log group, by its name or by where both names come from."""
    arn, name = trail.get(_GROUP), found.get("logGroupName")
    if set(trail.sources.get(_GROUP, ())) & set(found.sources.get("logGroupName", ())):
        return True
    return UNKNOWN if UNKNOWN in (arn, name) else arn is not ABSENT and f":log-group:{name}:" in f"{arn}:"


def _acts(alarm: Resource, found: Resource) -> Any:
    """Whether an alarm on the filter's metric tells somebody."""
    actions, enabled = alarm.get("alarmActions"), alarm.get("actionsEnabled")
    pairs = (("metricName", "metricTransformation.name"), ("namespace", "metricTransformation.namespace"))
    values = [(alarm.get(own), found.get(path)) for own, path in pairs]
    return both(
        [
            *(UNKNOWN if UNKNOWN in pair else pair[0] == pair[1] is not ABSENT for pair in values),
            known(actions, isinstance(actions, list) and actions),
            known(enabled, enabled is not False),
        ]
    )


RULE = Rule(
    id="AUD-06",
    name="unwatched-trail",
    title="Alarms with an action look in the trail's log group for calls that blind it, and change keys or policies.",
    why="A record that nobody reads helps after the damage alone: who turns off the trail, deletes a key or gives "
    "himself rights should wake somebody.",
    instead="Add a `LogMetricFilter` on the trail's log group and a `MetricAlarm` with `alarmActions` for each event, "
    "as the component `ThreatDetection` does.",
    severity=Severity.MEDIUM,
    types=("aws:cloudtrail/trail:Trail",),
    controls=(*cis_4("4.4", "4.5", "4.7", "4.8"), *nist("SI-4")),
    check=_check,
    good="""
logs = aws.cloudwatch.LogGroup("audit", name="audit")
trail = aws.cloudtrail.Trail("audit", s3_bucket_name="audit", cloud_watch_logs_group_arn=logs.arn)
blind = ("StopLogging", "PutEventSelectors", "PutConfigurationRecorder", "UpdateDetector")
events = (*blind, "ScheduleKeyDeletion", "PutBucketPolicy", "AttachRolePolicy")
aws.cloudwatch.LogMetricFilter(
    "changes",
    log_group_name=logs.name,
    pattern="{ " + " || ".join(f"($.eventName = {event})" for event in events) + " }",
    metric_transformation={"name": "changes", "namespace": "audit", "value": "1"},
)
aws.cloudwatch.MetricAlarm(
    "changes",
    comparison_operator="GreaterThanOrEqualToThreshold",
    evaluation_periods=1,
    metric_name="changes",
    namespace="audit",
    alarm_actions=["arn:aws:sns:eu-central-1:111122223333:security"],
)
""",
    bad="""
aws.cloudtrail.Trail("audit", s3_bucket_name="audit")
""",
    parameters=("watched_events",),
    joins=True,
)
