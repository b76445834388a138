"""An account with what a RetrainingBus makes for its consumer."""

import json
import time
from typing import Any

import boto3
import pytest

from workloads.retraining import Bus, Outcome

REGION, COOLDOWN = "eu-central-1", 3600


class Account:
    """A queue with its dead-letter queue and a table, as a RetrainingBus makes them, and a clock that can be moved."""

    def __init__(self) -> None:
        self.session, self.ahead = boto3.Session(region_name=REGION), 0.0
        self.runs: list[dict[str, Any]] = []
        self.sqs, self.dynamodb = self.session.client("sqs"), self.session.client("dynamodb")
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        self.dead = self.sqs.create_queue(QueueName="dead.fifo", Attributes=fifo)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})}
        self.queue = self.sqs.create_queue(QueueName="queue.fifo", Attributes={**fifo, **redrive})["QueueUrl"]
        self.dynamodb.create_table(
            TableName="runs",
            KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "model", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        self.bus = Bus(self.queue, "runs", COOLDOWN, self.session, lambda: time.time() + self.ahead)

    def send(self, body: Any, group: str = "churn") -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=text, MessageGroupId=group)

    def handle(self, start: Any = None) -> Outcome:
        return self.bus.consume(start or self.runs.append, 0)

    def waits(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """For how many seconds the consumer hides what it leaves in the queue; nothing is hidden in this account."""
        found: list[int] = []
        change = self.sqs.change_message_visibility

        def note(**given: Any) -> None:
            found.append(given["VisibilityTimeout"])
            change(**{**given, "VisibilityTimeout": 0})

        monkeypatch.setattr(self.sqs, "change_message_visibility", note)
        monkeypatch.setattr(Bus, "sqs", self.sqs)
        return found

    def deliver_again_at_once(self) -> None:
        """As when a consumer takes longer than it may."""
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"VisibilityTimeout": "0"})

    def left(self, queue: str) -> list[str]:
        """The bodies of a queue, those in flight included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        received = self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        bodies = [message["Body"] for message in received]
        return [*bodies, *["in flight"] * (sum(map(int, counts.values())) - len(bodies))]

    def noted(self) -> list[dict[str, Any]]:
        return self.dynamodb.scan(TableName="runs")["Items"]

    def asked(self) -> list[dict[str, Any]]:
        """The requests of the runs, without the runs' names."""
        return [{name: value for name, value in run.items() if name != "run"} for run in self.runs]
