"""EventBridge, its scheduler, and what is delivered to topics and queues."""

from typing import Any

from sandbox.aws.contract.row import Call, Row
from sandbox.aws.contract.rows._parts import CALLER, DATA_KEYS, GUIDE, RE_ENCRYPT, SOURCES, assume, sourced
from sandbox.values import Properties

_EVENTS = "service events.amazonaws.com"
_BRIDGE = f"{GUIDE}/eventbridge/latest/userguide"
_SCHEDULER = f"{GUIDE}/scheduler/latest/UserGuide"
_SNS_KEYS = f"{GUIDE}/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services"
_SQS_KEYS = (
    f"{GUIDE}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services"
)
_DELIVER = ("kms:Decrypt", "kms:GenerateDataKey")
_BUS = "kms:EncryptionContext:aws:events:event-bus:arn"
_TOPIC = "kms:EncryptionContext:aws:sns:topicArn"
_SCHEDULE = "kms:EncryptionContext:aws:scheduler:schedule:arn"


def _encrypts(bus: str) -> tuple[Call, ...]:
    """How EventBridge uses the key of a bus or an archive: it checks the key without an encryption context."""
    return (
        Call(_EVENTS, ("kms:DescribeKey",), "{kmsKeyIdentifier}"),
        Call(_EVENTS, ("kms:Decrypt", *DATA_KEYS, *RE_ENCRYPT), "{kmsKeyIdentifier}", {_BUS: bus}, ((_BUS,),)),
    )


def _rule(values: Properties) -> str:
    """ARN of the rule of a target; only rules of other buses have the bus in it."""
    bus = str(values.get("eventBusName") or "default").rpartition("/")[2]
    name = values.get("rule") if bus == "default" else f"{bus}/{values.get('rule')}"
    return f"arn:{values['partition']}:events:{values['region']}:{values['account']}:rule/{name}"


def publishes(service: str, topic: str, source: str) -> tuple[Call, ...]:
    """A service that publishes to a topic for a resource of the account."""
    who, sends = f"service {service}.amazonaws.com", sourced(source)
    return (
        Call(who, ("sns:Publish",), topic, sends, SOURCES),
        Call(who, _DELIVER, topic.replace("}", "|key}"), sends, SOURCES),
    )


def _sends(service: str, queue: str, source: str) -> tuple[Call, ...]:
    who, sends = f"service {service}.amazonaws.com", sourced(source)
    return (
        Call(who, ("sqs:SendMessage",), queue, sends, SOURCES),
        Call(who, _DELIVER, queue.replace("}", "|key}"), sends, SOURCES),
    )


def _subscribers(values: Properties) -> list[Any]:
    found = [one.get("address") for one in values.get("subscribers", []) if one.get("type") == "SNS"]
    return [one for one in found if one]


ROWS = (
    Row(
        "aws:cloudwatch/eventBus:EventBus",
        "CreateEventBus",
        _encrypts("arn:{partition}:events:{region}:{account}:event-bus/{name}"),
        (f"{_BRIDGE}/eb-encryption-key-policy.html", f"{_BRIDGE}/eb-encryption-event-bus-cmkey.html"),
        "AccessDeniedException",
    ),
    Row(
        "aws:cloudwatch/eventBus:EventBus",
        "CreateEventBus",
        _sends("events", "{deadLetterConfig.arn}", "arn:{partition}:events:{region}:{account}:event-bus/{name}"),
        (f"{_BRIDGE}/eb-encryption-event-bus-cmkey.html#eb-encryption-event-bus-dlq", _SQS_KEYS),
        late=True,
    ),
    Row(
        "aws:cloudwatch/eventArchive:EventArchive",
        "CreateArchive",
        _encrypts("{eventSourceArn}"),
        (f"{_BRIDGE}/encryption-archives.html",),
        "AccessDeniedException",
    ),
    Row(
        "aws:cloudwatch/eventTarget:EventTarget",
        "PutTargets",
        (
            # "You can't use Condition blocks in Amazon SNS topic policies for EventBridge."
            Call(_EVENTS, ("sns:Publish",), "{arn|of:sns}", without=SOURCES[0]),
            Call(_EVENTS, _DELIVER, "{arn|of:sns|key}", {_TOPIC: "{arn}"}, ((_TOPIC,),), without=SOURCES[0]),
            *_sends("events", "{arn|of:sqs}", "{ruleArn}"),
            *_sends("events", "{deadLetterConfig.arn}", "{ruleArn}"),
        ),
        (
            f"{_BRIDGE}/eb-use-resource-based.html#eb-sns-permissions",
            f"{_BRIDGE}/eb-use-resource-based.html#eb-sqs-permissions",
            f"{GUIDE}/sns/latest/dg/sns-enable-encryption-for-topic.html",
            _SNS_KEYS,
            _SQS_KEYS,
        ),
        derive={"ruleArn": _rule},
    ),
    Row(
        "aws:scheduler/schedule:Schedule",
        "CreateSchedule",
        (
            assume(
                "scheduler",
                "{target.roleArn}",
                sourced("arn:{partition}:scheduler:{region}:{account}:schedule-group/default"),
                *SOURCES,
            ),
            Call(CALLER, ("kms:DescribeKey",), "{kmsKeyArn}"),
            Call(
                "role {target.roleArn}",
                _DELIVER,
                "{kmsKeyArn}",
                {_SCHEDULE: "arn:{partition}:scheduler:{region}:{account}:schedule/default/{name}"},
                ((_SCHEDULE,),),
                without=("kms:ViaService",),
            ),
            Call("role {target.roleArn}", ("sqs:SendMessage",), "{target.deadLetterConfig.arn}"),
            Call(
                "role {target.roleArn}",
                _DELIVER,
                "{target.deadLetterConfig.arn|key}",
                {"kms:ViaService": "sqs.{region}.amazonaws.com"},
            ),
        ),
        (
            f"{_SCHEDULER}/encryption-rest.html",
            f"{_SCHEDULER}/cross-service-confused-deputy-prevention.html",
            f"{_SCHEDULER}/configuring-schedule-dlq.html",
        ),
        "ValidationException: The execution role you provide must allow AWS EventBridge Scheduler to assume the role",
    ),
    Row(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "PutMetricAlarm",
        publishes(
            "cloudwatch", "{alarmActions.*|of:sns}", "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"
        ),
        (f"{GUIDE}/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html", _SNS_KEYS),
    ),
    Row(
        "aws:budgets/budget:Budget",
        "CreateBudget",
        publishes(
            "budgets",
            "{notifications.*.subscriberSnsTopicArns.*|of:sns}",
            "arn:{partition}:budgets::{account}:budget/{name}",
        ),
        (f"{GUIDE}/cost-management/latest/userguide/budgets-sns-policy.html",),
    ),
    Row(
        "aws:costexplorer/anomalySubscription:AnomalySubscription",
        "CreateAnomalySubscription",
        publishes("costalerts", "{topics.*|of:sns}", "arn:{partition}:ce::{account}:anomalysubscription/one"),
        (f"{GUIDE}/cost-management/latest/userguide/ad-SNS.html",),
        derive={"topics": _subscribers},
    ),
    Row(
        "aws:sns/topicSubscription:TopicSubscription",
        "Subscribe",
        _sends("sns", "{endpoint|of:sqs}", "{topic}"),
        (f"{GUIDE}/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html",),
    ),
)
