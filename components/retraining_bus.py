"""How models come to be retrained: events in, at most one request a cause out."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components import _triggers
from components._component import Component
from components._triggers import TriggerArgs, TriggerKind

RETENTION_SECONDS = 14 * 24 * 3600
"""How long the queues keep a message: the most that SQS allows."""
WAIT_SECONDS = 11 * 3600
"""Seconds after which the consumer looks again at a request that waits for the end of a cooldown."""
MAX_COOLDOWN_MINUTES = 13 * 24 * 60
"""Longest cooldown: a request that waits for its end must not expire in the queue."""
LIMITS = {
    "archive_days": 3650,
    "max_receives": 900,
    "visibility_timeout_seconds": 43200,
    "cooldown_minutes": MAX_COOLDOWN_MINUTES,
}
"""The most that a number may be; the least is 1."""


class RetrainingBusArgs(TypedDict):
    """Inputs of RetrainingBus."""

    kms_key_arn: pulumi.Input[str]
    """Key that encrypts bus, archive, queues and table; EventBridge, SQS and DynamoDB must be allowed to use it."""
    triggers: Mapping[str, TriggerArgs]
    """Name of a trigger, unique and lasting, to what it waits for; at least one."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    archive_days: NotRequired[int]
    """Days that the bus's events can be replayed, 1 to 3650. Default 30."""
    max_receives: NotRequired[int]
    """Times that a request is tried before it goes to the dead-letter queue, 1 to 900. Default 3."""
    visibility_timeout_seconds: NotRequired[int]
    """Seconds that the consumer has to start a run before the request is tried again, 1 to 43200. Default 300."""
    cooldown_minutes: NotRequired[int]
    """Minutes after a run's start in which no other run of the model starts, 1 to 18720 (13 days). Default 60.

    A request that comes in this time waits in the queue.
    """


class RetrainingBus(Component):
    """An event bus whose triggers send a request each to one queue, once, for one consumer.

    Requests are `{"window": ..., "model": ..., "trigger": ...}`, the same for the same cause; SQS drops those that
    repeat one of the last five minutes, and hands out one request a model at a time. Events can be replayed from the
    archive, which takes about ten minutes to have them; a replayed event then makes a request of its own, but the same
    replay started twice within five minutes makes only one. Schedules and `new-data` come over the account's default
    bus and are not in the archive.
    """

    bus_name: pulumi.Output[str]
    """Name of the bus to publish to; names of replays must begin with it and a hyphen."""
    bus_arn: pulumi.Output[str]
    """ARN of the bus."""
    queue_url: pulumi.Output[str]
    """URL of the queue of requests."""
    queue_arn: pulumi.Output[str]
    """ARN of the queue of requests."""
    dead_letter_queue_url: pulumi.Output[str]
    """URL of the queue of requests that were tried in vain."""
    undelivered_queue_url: pulumi.Output[str]
    """URL of the queue of events that EventBridge could not deliver."""
    archive_name: pulumi.Output[str]
    """Name of the archive."""
    archive_arn: pulumi.Output[str]
    """ARN of the archive, the source of a replay."""
    table_name: pulumi.Output[str]
    """Name of the table in which the consumer keeps the last run of each model; see `cooldown_minutes`."""
    cooldown_minutes: pulumi.Output[int]
    """Minutes to tell the consumer."""
    publish_policy: pulumi.Output[str]
    """IAM policy document (JSON) that publishes events of the platform to the bus."""
    consumer_policy: pulumi.Output[str]
    """IAM policy document (JSON) of the one consumer: queue, table and key."""
    replay_policy: pulumi.Output[str]
    """IAM policy document (JSON) that replays the archive."""

    def __init__(self, name: str, args: RetrainingBusArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        self._check(args)
        key_arn, caller = args["kms_key_arn"], self._caller()
        undelivered = aws.sqs.Queue(
            # EventBridge takes no FIFO queue for what it cannot deliver.
            f"{name}-undelivered",
            kms_master_key_id=key_arn,
            message_retention_seconds=RETENTION_SECONDS,
            tags=self._tags,
            opts=self._child(),
        )
        dead_letters = self._fifo(
            f"{name}-dead-letter", "dead-letter", key_arn, message_retention_seconds=RETENTION_SECONDS
        )
        cooldown_minutes = int(args.get("cooldown_minutes", 60))
        # SQS counts each look at a request that waits for the end of a cooldown.
        receives = int(args.get("max_receives", 3)) + math.ceil(cooldown_minutes * 60 / WAIT_SECONDS)
        queue = self._fifo(
            name,
            "",
            key_arn,
            message_retention_seconds=RETENTION_SECONDS,
            visibility_timeout_seconds=int(args.get("visibility_timeout_seconds", 300)),
            redrive_policy=dead_letters.arn.apply(
                lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": receives})
            ),
        )
        bus = aws.cloudwatch.EventBus(
            name,
            kms_key_identifier=key_arn,
            dead_letter_config={"arn": undelivered.arn},
            tags=self._tags,
            opts=self._child(),
        )
        archive = aws.cloudwatch.EventArchive(
            name,
            event_source_arn=bus.arn,
            event_pattern=json.dumps({"source": [{"prefix": _triggers.SOURCES}]}),
            retention_days=int(args.get("archive_days", 30)),
            kms_key_identifier=key_arn,
            opts=self._child(),
        )
        rules = {key: self._rule(f"{name}-{key}", bus, trigger) for key, trigger in args["triggers"].items()}
        sources = [rule.arn for rule in rules.values()]
        delivery = self._queue_policy(name, queue, sources)
        last_resort = self._queue_policy(f"{name}-undelivered", undelivered, [bus.arn, *sources])
        self._queue_policy(f"{name}-dead-letter", dead_letters)
        for key, rule in rules.items():
            paths, template = _triggers.message(args["triggers"][key])
            aws.cloudwatch.EventTarget(
                f"{name}-{key}",
                rule=rule.name,
                event_bus_name=rule.event_bus_name,
                arn=queue.arn,
                sqs_target={"message_group_id": args["triggers"][key]["model"]},
                input_transformer={"input_paths": paths, "input_template": template},
                dead_letter_config={"arn": undelivered.arn},
                opts=self._child([delivery, last_resort]),
            )
        table = aws.dynamodb.Table(
            name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="model",
            attributes=[{"name": "model", "type": "S"}],
            ttl={"attribute_name": "expires", "enabled": True},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": key_arn},
            tags=self._tags,
            opts=self._child(),
        )

        def document(statements, *values: pulumi.Input) -> pulumi.Output[str]:
            return pulumi.Output.all(*values).apply(lambda found: documents.render(statements(*found)))

        self._finish(
            bus_name=bus.name,
            bus_arn=bus.arn,
            queue_url=queue.url,
            queue_arn=queue.arn,
            dead_letter_queue_url=dead_letters.url,
            undelivered_queue_url=undelivered.url,
            archive_name=archive.name,
            archive_arn=archive.arn,
            table_name=table.name,
            cooldown_minutes=pulumi.Output.from_input(cooldown_minutes),
            publish_policy=document(_triggers.publishing, bus.arn),
            consumer_policy=document(_triggers.consuming, queue.arn, table.arn, key_arn, caller),
            replay_policy=document(_triggers.replaying, archive.arn, bus.name, caller),
        )

    def _check(self, args: RetrainingBusArgs) -> None:
        problems = [] if args["triggers"] else ["triggers is empty; allowed: at least one"]
        for trigger, given in args["triggers"].items():
            if mistake := _triggers.mistake(given):
                problems.append(f"triggers.{trigger} {mistake}")
        for arg, most in LIMITS.items():
            if not 1 <= int(args.get(arg, 1)) <= most:
                problems.append(f"{arg} = {args.get(arg)}; allowed: 1 to {most}")
        if problems:
            raise ValueError(f"RetrainingBus {self._name!r}: {'; '.join(problems)}")

    def _fifo(self, name: str, suffix: str, key: pulumi.Input[str], **more: Any) -> "aws.sqs.Queue":
        """A queue that keeps the order of each model and drops what repeats itself within five minutes."""
        return aws.sqs.Queue(
            name,
            name=f"{self._physical_name(suffix)}.fifo",
            fifo_queue=True,
            content_based_deduplication=True,
            kms_master_key_id=key,
            tags=self._tags,
            opts=self._child(),
            **more,
        )

    def _queue_policy(
        self, name: str, queue: "aws.sqs.Queue", sources: Sequence[pulumi.Output[str]] = ()
    ) -> "aws.sqs.QueuePolicy":
        return aws.sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=pulumi.Output.all(queue.arn, *sources).apply(
                lambda arns: documents.render(_triggers.delivery(arns[0], arns[1:]))
            ),
            opts=self._child(),
        )

    def _rule(self, name: str, bus: "aws.cloudwatch.EventBus", trigger: TriggerArgs) -> "aws.cloudwatch.EventRule":
        """The rule of a trigger; the clock and S3 are heard on the default bus only."""
        kind = trigger["kind"]
        bucket = pulumi.Output.from_input(trigger.get("bucket"))
        scheduled, own = kind == TriggerKind.SCHEDULE, kind not in (TriggerKind.SCHEDULE, TriggerKind.NEW_DATA)
        return aws.cloudwatch.EventRule(
            name,
            event_bus_name=bus.name if own else "default",
            schedule_expression=trigger.get("schedule"),
            event_pattern=None if scheduled else bucket.apply(lambda found: _triggers.pattern(trigger, found)),
            tags=self._tags,
            opts=self._child(),
        )
