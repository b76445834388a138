import json
from collections import Counter
from typing import Any

import pytest

from components._triggers import message, pattern
from components.retraining_bus import RetrainingBus
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

EVENTS, SQS, DYNAMODB = (f"arn:aws:{service}:{REGION}:{ACCOUNT}" for service in ("events", "sqs", "dynamodb"))
BUS, ARCHIVE = f"{EVENTS}:event-bus/bus-0000000", f"{EVENTS}:archive/bus-0000000"
QUEUE, DEAD = f"{SQS}:ml-platform-dev-bus.fifo", f"{SQS}:ml-platform-dev-bus-dead-letter.fifo"
UNDELIVERED, TABLE = f"{SQS}:bus-undelivered-0000000", f"{DYNAMODB}:table/bus-0000000"
EVENTBRIDGE = "events.amazonaws.com"
DRIFT = {"kind": "drift", "model": "churn", "threshold": 0.2}
TRIGGERS: dict[str, dict[str, Any]] = {
    "drift": DRIFT,
    "quality": {"kind": "performance", "model": "churn", "threshold": 0.8},
    "weekly": {"kind": "schedule", "model": "churn", "schedule": "cron(0 3 ? * MON *)"},
    "data": {"kind": "new-data", "model": "churn", "bucket": "lake", "prefix": "raw/"},
    "asked": {"kind": "manual", "model": "fraud"},
}


ARNS = {
    "EventBus": f"{EVENTS}:event-bus",
    "EventArchive": f"{EVENTS}:archive",
    "EventRule": f"{EVENTS}:rule",
    "Queue": SQS,
    "Table": f"{DYNAMODB}:table",
}


@pytest.fixture(autouse=True)
def aws_values(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """ARNs that differ by type, and the URLs of queues."""
    made = recorder.new_resource

    def better(args: Any) -> tuple[str, dict[str, Any]]:
        physical, state = made(args)
        kind = args.typ.rpartition(":")[2]
        arn = f"{ARNS[kind]}{':' if kind == 'Queue' else '/'}{physical}" if kind in ARNS else state["arn"]
        return physical, {**state, "arn": arn, "url": f"https://sqs/{physical}"}

    monkeypatch.setattr(recorder, "new_resource", better)


def bus(**more: Any) -> RetrainingBus:
    args = {"kms_key_arn": "arn:key", "tags": TAGS, "triggers": TRIGGERS, **more}
    return RetrainingBus("bus", args)  # pyright: ignore[reportArgumentType]


def test_a_trigger_is_a_rule_and_a_target(recorder: Recorder, run: Run) -> None:
    run(bus)
    fixed = {
        "RetrainingBus": 1,
        "EventBus": 1,
        "EventArchive": 1,
        "Table": 1,
        "Queue": 3,
        "QueuePolicy": 3,
    }
    assert recorder.kinds() == Counter({**fixed, "EventRule": 5, "EventTarget": 5})
    recorder.found.clear()
    run(lambda: bus(triggers={"drift": DRIFT}))
    assert recorder.kinds() == Counter({**fixed, "EventRule": 1, "EventTarget": 1})


def test_the_outputs_are_what_publishers_consumers_and_operators_compose(run: Run) -> None:
    outputs = run(bus)
    assert all(json.loads(outputs.pop(name)) for name in ("publish_policy", "consumer_policy", "replay_policy"))
    assert outputs == {
        "bus_name": "bus-0000000",
        "bus_arn": BUS,
        "queue_url": "https://sqs/ml-platform-dev-bus.fifo",
        "queue_arn": QUEUE,
        "dead_letter_queue_url": "https://sqs/ml-platform-dev-bus-dead-letter.fifo",
        "undelivered_queue_url": "https://sqs/bus-undelivered-0000000",
        "archive_name": "bus-0000000",
        "archive_arn": ARCHIVE,
        "table_name": "bus-0000000",
        "cooldown_minutes": 60,
    }


def test_requests_wait_encrypted_in_order_and_once(recorder: Recorder, run: Run) -> None:
    run(bus)
    fifo = {"fifoQueue": True, "contentBasedDeduplication": True, "kmsMasterKeyId": "arn:key"}
    tags = {"tags": {**ALL_TAGS, "component": "bus"}}
    assert recorder.inputs("Queue", "bus", "redrivePolicy") == {
        **fifo,
        **tags,
        "name": "ml-platform-dev-bus.fifo",
        "messageRetentionSeconds": 1209600,
        "visibilityTimeoutSeconds": 300,
    }
    assert recorder.inputs("Queue", "bus-dead-letter") == {
        **fifo,
        **tags,
        "name": "ml-platform-dev-bus-dead-letter.fifo",
        "messageRetentionSeconds": 1209600,
    }
    # EventBridge refuses a FIFO queue here.
    assert recorder.inputs("Queue", "bus-undelivered") == {
        **tags,
        "kmsMasterKeyId": "arn:key",
        "messageRetentionSeconds": 1209600,
    }


@pytest.mark.parametrize(
    ("more", "times"), [({}, 4), ({"max_receives": 5.0}, 6), ({"cooldown_minutes": 13 * 24 * 60}, 32)]
)
def test_what_is_tried_in_vain_is_a_dead_letter(recorder: Recorder, run: Run, more: dict[str, Any], times: int) -> None:
    run(lambda: bus(**more))
    redrive = json.loads(recorder.inputs("Queue", "bus")["redrivePolicy"])
    assert redrive == {"deadLetterTargetArn": DEAD, "maxReceiveCount": times}


def test_the_bus_is_encrypted_and_loses_nothing(recorder: Recorder, run: Run) -> None:
    run(bus)
    assert recorder.inputs("EventBus", "bus") == {
        "kmsKeyIdentifier": "arn:key",
        "deadLetterConfig": {"arn": UNDELIVERED},
        "tags": {**ALL_TAGS, "component": "bus"},
    }


@pytest.mark.parametrize(("more", "days"), [({}, 30), ({"archive_days": 7.0}, 7)])
def test_events_of_the_platform_can_be_replayed_for_a_while(
    recorder: Recorder, run: Run, more: dict[str, Any], days: int
) -> None:
    run(lambda: bus(**more))
    assert recorder.inputs("EventArchive", "bus") == {
        "eventSourceArn": BUS,
        "eventPattern": '{"source": [{"prefix": "ml-platform."}]}',
        "retentionDays": days,
        "kmsKeyIdentifier": "arn:key",
    }


def test_the_last_run_of_each_model_is_kept(recorder: Recorder, run: Run) -> None:
    assert run(lambda: bus(cooldown_minutes=5.0, visibility_timeout_seconds=60.0))["cooldown_minutes"] == 5
    assert recorder.inputs("Queue", "bus")["visibilityTimeoutSeconds"] == 60
    assert recorder.inputs("Table", "bus") == {
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "model",
        "attributes": [{"name": "model", "type": "S"}],
        "ttl": {"attributeName": "expires", "enabled": True},
        "pointInTimeRecovery": {"enabled": True},
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": "arn:key"},
        "tags": {**ALL_TAGS, "component": "bus"},
    }


def test_every_target_is_the_queue_and_knows_its_model(recorder: Recorder, run: Run) -> None:
    run(bus)
    for name, trigger in TRIGGERS.items():
        own = trigger["kind"] not in ("schedule", "new-data")
        target = recorder.one("EventTarget", f"bus-{name}")
        assert {key: value for key, value in target.inputs.items() if key != "inputTransformer"} == {
            "rule": f"bus-{name}-0000000",
            "eventBusName": "bus-0000000" if own else "default",
            "arn": QUEUE,
            "sqsTarget": {"messageGroupId": trigger["model"]},
            "deadLetterConfig": {"arn": UNDELIVERED},
        }
        assert recorder.inputs("EventRule", f"bus-{name}")["eventBusName"] == ("bus-0000000" if own else "default")
        # Before the queue lets EventBridge in, a delivery would fail.
        assert target.depends >= {"QueuePolicy bus", "QueuePolicy bus-undelivered"}


def test_a_schedule_is_the_clock_alone(recorder: Recorder, run: Run) -> None:
    run(bus)
    assert recorder.inputs("EventRule", "bus-weekly") == {
        "eventBusName": "default",
        "scheduleExpression": "cron(0 3 ? * MON *)",
        "tags": {**ALL_TAGS, "component": "bus"},
    }


def test_rules_and_targets_say_what_the_triggers_mean(recorder: Recorder, run: Run) -> None:
    run(bus)
    for name, trigger in TRIGGERS.items():
        given: Any = trigger
        if trigger["kind"] != "schedule":
            rule = recorder.inputs("EventRule", f"bus-{name}")
            assert rule["eventPattern"] == pattern(given, trigger.get("bucket"))
        paths, template = message(given)
        transformer = recorder.inputs("EventTarget", f"bus-{name}")["inputTransformer"]
        assert transformer == {"inputPaths": paths, "inputTemplate": template}


@pytest.mark.parametrize(
    ("policy", "queue", "source", "answer"),
    [
        ("bus", QUEUE, f"{EVENTS}:rule/bus-drift-0000000", "Allow"),
        ("bus", QUEUE, f"{EVENTS}:rule/bus-weekly-0000000", "Allow"),
        ("bus", QUEUE, f"{EVENTS}:rule/other", "no"),
        ("bus", QUEUE, BUS, "no"),
        ("bus-undelivered", UNDELIVERED, f"{EVENTS}:rule/bus-drift-0000000", "Allow"),
        ("bus-undelivered", UNDELIVERED, BUS, "Allow"),
        ("bus-undelivered", UNDELIVERED, f"{EVENTS}:rule/other", "no"),
        ("bus-dead-letter", DEAD, f"{EVENTS}:rule/bus-drift-0000000", "no"),
    ],
)
def test_only_the_rules_of_the_bus_send(
    recorder: Recorder, run: Run, policy: str, queue: str, source: str, answer: str
) -> None:
    run(bus)
    statements = recorder.statements("QueuePolicy", policy)
    context = {"aws:SecureTransport": "true", "aws:SourceArn": source}
    assert decide(statements, "sqs:SendMessage", queue, EVENTBRIDGE, context) == answer
    assert decide(statements, "sqs:ReceiveMessage", queue, EVENTBRIDGE, context) == "no"
    assert decide(statements, "sqs:SendMessage", queue, "sns.amazonaws.com", context) == "no"
    plain = {**context, "aws:SecureTransport": "false"}
    assert decide(statements, "sqs:SendMessage", queue, EVENTBRIDGE, plain) == "Deny"
    assert decide(statements, "sqs:ReceiveMessage", queue, f"arn:aws:iam::{ACCOUNT}:role/a", plain) == "Deny"


def statements(outputs: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return json.loads(outputs[name])["Statement"]


@pytest.mark.parametrize(
    ("resource", "source", "answer"),
    [
        (BUS, "ml-platform.monitoring", "Allow"),
        (BUS, "aws.s3", "no"),
        (BUS, "ml-platformer", "no"),
        (f"{EVENTS}:event-bus/default", "ml-platform.monitoring", "no"),
    ],
)
def test_publishers_publish_as_the_platform_only(run: Run, resource: str, source: str, answer: str) -> None:
    publish = statements(run(bus), "publish_policy")
    assert decide(publish, "events:PutEvents", resource, context={"events:source": source}) == answer
    assert decide(publish, "events:PutRule", resource, context={"events:source": source}) == "no"


@pytest.mark.parametrize(
    ("action", "resource", "via", "answer"),
    [
        ("sqs:ReceiveMessage", QUEUE, "", "Allow"),
        ("sqs:DeleteMessage", QUEUE, "", "Allow"),
        ("sqs:ChangeMessageVisibility", QUEUE, "", "Allow"),
        ("sqs:SendMessage", QUEUE, "", "Allow"),
        ("sqs:SendMessage", DEAD, "", "no"),
        ("sqs:PurgeQueue", QUEUE, "", "no"),
        ("sqs:ReceiveMessage", DEAD, "", "no"),
        ("dynamodb:PutItem", TABLE, "", "Allow"),
        ("dynamodb:GetItem", TABLE, "", "Allow"),
        ("dynamodb:DeleteItem", TABLE, "", "Allow"),
        ("dynamodb:PutItem", f"{TABLE}-other", "", "no"),
        ("dynamodb:DeleteTable", TABLE, "", "no"),
        ("kms:Decrypt", "arn:key", f"sqs.{REGION}.amazonaws.com", "Allow"),
        ("kms:GenerateDataKey", "arn:key", f"dynamodb.{REGION}.amazonaws.com", "Allow"),
        ("kms:Decrypt", "arn:key", f"s3.{REGION}.amazonaws.com", "no"),
        ("kms:Decrypt", "arn:other", f"sqs.{REGION}.amazonaws.com", "no"),
    ],
)
def test_the_consumer_can_consume_and_nothing_else(run: Run, action: str, resource: str, via: str, answer: str) -> None:
    consumer = statements(run(bus), "consumer_policy")
    assert decide(consumer, action, resource, context={"kms:ViaService": via}) == answer


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("events:StartReplay", ARCHIVE, "Allow"),
        ("events:DescribeArchive", ARCHIVE, "Allow"),
        ("events:StartReplay", f"{EVENTS}:replay/bus-0000000-monday", "Allow"),
        ("events:DescribeReplay", f"{EVENTS}:replay/bus-0000000-monday", "Allow"),
        ("events:CancelReplay", f"{EVENTS}:replay/bus-0000000-monday", "Allow"),
        ("events:CancelReplay", f"{EVENTS}:replay/other-monday", "no"),
        ("events:StartReplay", f"{EVENTS}:archive/other", "no"),
        ("events:DeleteArchive", ARCHIVE, "no"),
        ("events:PutEvents", BUS, "no"),
    ],
)
def test_operators_replay_this_archive(run: Run, action: str, resource: str, answer: str) -> None:
    assert decide(statements(run(bus), "replay_policy"), action, resource) == answer


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"triggers": {}}, "triggers is empty; allowed: at least one"),
        ({"triggers": {"x": {**DRIFT, "bucket": "b"}}}, "triggers.x has bucket; allowed with drift: threshold"),
        ({"archive_days": 0}, "archive_days = 0; allowed: 1 to 3650"),
        ({"max_receives": 901}, "max_receives = 901; allowed: 1 to 900"),
        ({"visibility_timeout_seconds": 43201}, "visibility_timeout_seconds = 43201; allowed: 1 to 43200"),
        ({"cooldown_minutes": 0}, "cooldown_minutes = 0; allowed: 1 to 18720"),
    ],
)
def test_what_could_never_work_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match="RetrainingBus 'bus'") as error:
        run(lambda: bus(**more))
    assert told in str(error.value)
