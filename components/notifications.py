"""Where messages of the platform go, by severity."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _documents as documents
from components._component import Component, after

SEVERITIES = ("page", "ticket", "info")
"""Who is woken up, who looks at it in working hours, who likes to know."""
PUBLISHERS = ("budgets", "cloudwatch", "costalerts")
"""AWS services that publish for this account and name it, besides EventBridge."""


class Protocol(StrEnum):
    """How a subscriber is told."""

    EMAIL = "email"
    """An address, which must confirm."""
    HTTPS = "https"
    """A URL, which must confirm."""
    SQS = "sqs"
    """ARN of a queue."""
    LAMBDA = "lambda"
    """ARN of a function."""


class SubscriberArgs(TypedDict):
    """Who is told."""

    protocol: Protocol
    """How."""
    endpoint: str
    """Address, URL or ARN. A URL is kept secret: it may hold a token."""


class NotificationsArgs(TypedDict):
    """Inputs of Notifications."""

    kms_key_arn: pulumi.Input[str]
    """Key of the messages; needs the services `budgets`, `cloudwatch`, `costalerts`, `events-topics`, `sns`."""
    subscribers: Mapping[str, Sequence[SubscriberArgs]]
    """Severity, one of `page`, `ticket`, `info`, to who is told. A page without a subscriber is refused."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    allow_unsubscribed: NotRequired[bool]
    """Accept that nobody is paged, as where nobody is on call. Default false."""


class Notifications(Component):
    """An encrypted topic for each severity, which only services and roles of this account publish to."""

    topic_arns: pulumi.Output[dict[str, str]]
    """Severity to the ARN of its topic."""
    publish_policies: pulumi.Output[dict[str, str]]
    """Severity to the IAM policy document (JSON) that publishes to its topic, encryption included."""

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        subscribers = {severity: list(args["subscribers"].get(severity, [])) for severity in SEVERITIES}
        self._validate(args, subscribers)
        caller, arns = self._caller(), {}
        for severity in SEVERITIES:
            topic = aws.sns.Topic(
                f"{name}-{severity}",
                kms_master_key_id=args["kms_key_arn"],
                signature_version=2,
                tags=self._tags,
                opts=self._child(),
            )
            policy = aws.sns.TopicPolicy(
                f"{name}-{severity}",
                arn=topic.arn,
                policy=pulumi.Output.all(topic.arn, caller["account"]).apply(
                    lambda values: documents.render(topic_policy(*values))
                ),
                opts=self._child(),
            )
            for number, subscriber in enumerate(subscribers[severity]):
                endpoint: pulumi.Input[str] = subscriber["endpoint"]
                if subscriber["protocol"] == Protocol.HTTPS:
                    endpoint = pulumi.Output.secret(endpoint)
                aws.sns.TopicSubscription(
                    f"{name}-{severity}-{number}",
                    topic=topic.arn,
                    protocol=str(subscriber["protocol"]),
                    endpoint=endpoint,
                    opts=self._child(),
                )
            # Without the policy no service can publish, and what one publishes until then is lost.
            arns[severity] = after(topic.arn, policy)
        grants = pulumi.Output.all(pulumi.Output.all(**arns), args["kms_key_arn"])
        self._finish(
            topic_arns=pulumi.Output.all(**arns),
            publish_policies=grants.apply(
                lambda v: {severity: documents.render(publish(arn, v[1])) for severity, arn in v[0].items()}
            ),
        )

    def _validate(self, args: NotificationsArgs, subscribers: Mapping[str, Sequence[SubscriberArgs]]) -> None:
        label = f"Notifications {self._name!r}: subscribers"
        if unknown := sorted(set(args["subscribers"]) - set(SEVERITIES)):
            raise ValueError(f"{label} has {', '.join(unknown)}; allowed: {', '.join(SEVERITIES)}")
        if not subscribers["page"] and not args.get("allow_unsubscribed", False):
            raise ValueError(f"{label}.page is empty, so nobody is woken up; add one, or set allow_unsubscribed")
        for severity, found in subscribers.items():
            for number, one in enumerate(found):
                pattern, words = _ENDPOINTS[str(one["protocol"])]
                if not re.fullmatch(pattern, one["endpoint"]):
                    # The value may hold a token.
                    raise ValueError(f"{label}.{severity}[{number}].endpoint: allowed for {one['protocol']}: {words}")


_ENDPOINTS = {
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s.]+", "an e-mail address"),
    "https": (r"https://[^/\s@]+(/\S*)?", "a URL that begins with https:// and names no user"),
    "sqs": (r"arn:aws[\w-]*:sqs:\S+", "the ARN of a queue"),
    "lambda": (r"arn:aws[\w-]*:lambda:\S+", "the ARN of a function"),
}


def topic_policy(topic_arn: str, account: str) -> list[documents.Statement]:
    """Let the account's own services publish, and refuse every request without TLS.

    EventBridge sends SNS no source account: "You can't use Condition blocks in Amazon SNS topic policies for
    EventBridge" (EventBridge User Guide, "Using resource-based policies").
    """
    publish = {"Effect": "Allow", "Action": "sns:Publish", "Resource": topic_arn}
    return [
        {
            "Sid": "PublishByServices",
            **publish,
            "Principal": {"Service": [f"{service}.amazonaws.com" for service in PUBLISHERS]},
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
        {"Sid": "PublishByEvents", **publish, "Principal": {"Service": "events.amazonaws.com"}},
        documents.deny_plain("sns:Publish", topic_arn),
    ]


def publish(topic_arn: str, key_arn: str) -> list[documents.Statement]:
    """Publish to an encrypted topic."""
    return [
        documents.allow(["sns:Publish"], topic_arn),
        documents.allow(["kms:Decrypt", "kms:GenerateDataKey"], key_arn),
    ]
