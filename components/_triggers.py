"""What makes a model retrain, as EventBridge sees it: patterns, message bodies, and who may send. No resources."""

import json
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

from components import _documents as documents

SOURCES = "ml-platform."
"""How the `source` of every event on a retraining bus begins."""


class TriggerKind(StrEnum):
    """What asks for a retraining."""

    SCHEDULE = "schedule"
    """The clock."""
    DRIFT = "drift"
    """A monitor whose drift score reached the threshold."""
    PERFORMANCE = "performance"
    """A monitor whose quality score fell below the threshold."""
    NEW_DATA = "new-data"
    """Objects that are written to a bucket."""
    MANUAL = "manual"
    """A person, or a program on a person's behalf."""


class TriggerArgs(TypedDict):
    """One reason for which one model is retrained.

    `drift`, `performance` and `manual` wait for events on the bus: `source` begins with `ml-platform.`,
    `detail-type` is the kind, and `detail` holds `model`, `window` (what the event is about, for example the start of
    the monitored hour; the same window is the same request) and, with a threshold, `score`.
    """

    kind: TriggerKind
    """What asks for the retraining."""
    model: str
    """Name of the model, of letters, digits, `.`, `_` and `-`; requests of one model are handled one after another."""
    schedule: NotRequired[str]
    """`rate(...)` or `cron(...)` in UTC. Required for, and only allowed with, `schedule`."""
    threshold: NotRequired[float]
    """Score from which `drift` counts, or below which `performance` counts. Default: every such event counts."""
    bucket: NotRequired[pulumi.Input[str]]
    """Bucket that new data arrives in, which must send its events to EventBridge. Required for `new-data`."""
    prefix: NotRequired[str]
    """Beginning of the keys that are new data; only with `new-data`. Default: every key."""


_REQUIRED = {TriggerKind.SCHEDULE: ("schedule",), TriggerKind.NEW_DATA: ("bucket",)}
_OPTIONAL = {
    TriggerKind.DRIFT: ("threshold",),
    TriggerKind.PERFORMANCE: ("threshold",),
    TriggerKind.NEW_DATA: ("prefix",),
}


def mistake(trigger: TriggerArgs) -> str:
    """What is wrong with a trigger, and what is allowed; empty if nothing is."""
    if trigger["kind"] not in [*TriggerKind]:
        return f"has kind {trigger['kind']!r}; allowed: {', '.join(TriggerKind)}"
    kind = TriggerKind(trigger["kind"])
    required, given = _REQUIRED.get(kind, ()), {*trigger} - {"kind", "model"}
    allowed = {*required, *_OPTIONAL.get(kind, ())}
    if missing := [key for key in required if not trigger.get(key)]:
        return f"lacks {', '.join(missing)}; {kind} needs {', '.join(required)}"
    if extra := sorted(given - allowed):
        return f"has {', '.join(extra)}; allowed with {kind}: {', '.join(sorted(allowed)) or 'kind and model only'}"
    if not re.fullmatch(r"[\w.-]{1,128}", trigger["model"], re.ASCII):
        return f"has model {trigger['model']!r}; allowed: up to 128 letters, digits, `.`, `_` and `-`"
    if "schedule" in trigger and not re.fullmatch(r"(rate|cron)\([^()]+\)", trigger["schedule"]):
        return f"has schedule {trigger['schedule']!r}; allowed: `rate(...)` or `cron(...)`"
    # The prefix becomes part of a message; `<` and `>` begin and end a variable there.
    prefix = trigger.get("prefix", "")
    if not re.fullmatch(r"[^\"\\<>]*", prefix):
        return f"has prefix {prefix!r}; allowed: no quotes, backslashes or angle brackets"
    return ""


def pattern(trigger: TriggerArgs, bucket: str | None = None) -> str:
    """The events that set off a trigger; a schedule has none."""
    kind = TriggerKind(trigger["kind"])
    if kind is TriggerKind.NEW_DATA:
        keys = [{"prefix": trigger.get("prefix", "")}]
        found: dict[str, Any] = {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [bucket]}, "object": {"key": keys}},
        }
        return json.dumps(found)
    # Without a window two requests could not be told apart, or from a repeated one.
    detail: dict[str, Any] = {"model": [trigger["model"]], "window": [{"exists": True}]}
    if "threshold" in trigger:
        comparison = "<" if kind is TriggerKind.PERFORMANCE else ">="
        detail["score"] = [{"numeric": [comparison, trigger["threshold"]]}]
    return json.dumps({"source": [{"prefix": SOURCES}], "detail-type": [kind.value], "detail": detail})


def message(trigger: TriggerArgs) -> tuple[dict[str, str], str]:
    """Variables and template of a trigger's message: the same for the same cause, so that SQS drops repetitions.

    An event's own `id` and `time` are left out, but for the `time` of a schedule, which is the planned one.
    """
    kind = TriggerKind(trigger["kind"])
    paths, window = {"window": "$.detail.window"}, "<window>"
    if kind is TriggerKind.SCHEDULE:
        paths = {"window": "$.time"}
    elif kind is TriggerKind.NEW_DATA:
        # The place, not the object: an upload of a thousand files is one reason to retrain.
        paths, window = {"bucket": "$.detail.bucket.name"}, f"s3://<bucket>/{trigger.get('prefix', '')}"
    # What the event says comes first: of two equal keys in JSON the last one counts.
    return paths, f'{{"window": "{window}", "model": "{trigger["model"]}", "trigger": "{kind}"}}'


def delivery(queue_arn: str, sources: Sequence[str] = ()) -> list[documents.Statement]:
    """Let EventBridge send to a queue on behalf of `sources` only, and nobody speak to it without TLS."""
    deny = documents.deny_plain("sqs:*", queue_arn)
    allow = {
        "Sid": "Deliver",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnLike": {"aws:SourceArn": list(sources)}},
    }
    return [deny, allow] if sources else [deny]


def publishing(bus_arn: str) -> list[documents.Statement]:
    """What a monitor needs to publish events of the platform, and no others."""
    return [
        {
            "Sid": "Publish",
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": bus_arn,
            "Condition": {"StringLike": {"events:source": f"{SOURCES}*"}},
        }
    ]


def replaying(archive_arn: str, bus_name: str, caller: Mapping[str, str]) -> list[documents.Statement]:
    """What an operator needs to replay the archive; a replay's name begins with that of the bus."""
    replays = f"arn:{caller['partition']}:events:{caller['region']}:{caller['account']}:replay/{bus_name}-*"

    def allow(sid: str, actions: list[str], *resources: str) -> documents.Statement:
        return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources)}

    return [
        allow("Replay", ["events:DescribeArchive", "events:StartReplay"], archive_arn, replays),
        allow("Follow", ["events:CancelReplay", "events:DescribeReplay"], replays),
    ]


def consuming(queue_arn: str, table_arn: str, key_arn: str, caller: Mapping[str, str]) -> list[documents.Statement]:
    """What the consumer needs: the queue, the last run of each model, and the key through both.

    It sends the request again if the run has failed.
    """
    through = [f"{service}.{caller['region']}.amazonaws.com" for service in ("dynamodb", "sqs")]
    return [
        {
            "Sid": "Consume",
            "Effect": "Allow",
            "Action": [
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
            ],
            "Resource": queue_arn,
        },
        {
            "Sid": "KeepCooldown",
            "Effect": "Allow",
            "Action": ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
            "Resource": table_arn,
        },
        {
            "Sid": "UseKey",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            "Resource": key_arn,
            "Condition": {"StringEquals": {"kms:ViaService": through}},
        },
    ]
