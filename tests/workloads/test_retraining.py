import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from workloads.retraining import Outcome, consume, main

REGION, COOLDOWN = "eu-central-1", 3600
DRIFT = {"window": "2026-08-01T10", "model": "churn", "trigger": "drift"}


class Account:
    """A queue with its dead-letter queue and a table, as a RetrainingBus makes them, and a clock."""

    def __init__(self) -> None:
        self.session, self.now = boto3.Session(region_name=REGION), 1000.0
        self.runs: list[dict[str, Any]] = []
        self.sqs, self.dynamodb = self.session.client("sqs"), self.session.client("dynamodb")
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
        self.dead = self.sqs.create_queue(QueueName="dead.fifo", Attributes=fifo)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})}
        self.queue = self.sqs.create_queue(QueueName="queue.fifo", Attributes={**fifo, **redrive})["QueueUrl"]
        self.dynamodb.create_table(
            TableName="cooldowns",
            KeySchema=[{"AttributeName": "model", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "model", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def send(self, body: Any, group: str = "churn") -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=text, MessageGroupId=group)

    def handle(self, start: Any = None) -> Outcome:
        start = start or self.runs.append
        return consume(self.queue, "cooldowns", COOLDOWN, start, 0, self.session, lambda: self.now)

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
        return self.dynamodb.scan(TableName="cooldowns")["Items"]


@pytest.fixture
def account() -> Iterator[Account]:
    with mock_aws():
        yield Account()


def fail(request: dict[str, Any]) -> None:
    raise RuntimeError("no capacity")


def test_no_request_is_no_run(account: Account) -> None:
    assert account.handle() is Outcome.NONE
    assert account.noted() == account.runs == []


def test_a_request_starts_a_run_and_is_gone(account: Account) -> None:
    account.send(DRIFT)
    assert account.handle() is Outcome.STARTED
    assert account.runs == [DRIFT]
    assert account.left(account.queue) == []
    assert account.noted() == [
        {
            "model": {"S": "churn"},
            "trigger": {"S": "drift"},
            "window": {"S": "2026-08-01T10"},
            "started": {"N": "1000"},
            "expires": {"N": "4600"},
        }
    ]


def test_a_request_that_is_delivered_again_while_it_starts_is_one_run(account: Account) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)

    def start(request: dict[str, Any]) -> None:
        account.runs.append(request)
        assert account.handle() is Outcome.SKIPPED

    assert account.handle(start) is Outcome.STARTED
    assert account.runs == [DRIFT]
    assert account.left(account.queue) == account.left(account.dead) == []


def test_a_request_whose_consumer_is_killed_after_the_start_is_one_run(account: Account) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)

    def start(request: dict[str, Any]) -> None:
        account.runs.append(request)
        raise SystemExit

    with pytest.raises(SystemExit):
        account.handle(start)
    assert account.handle() is Outcome.SKIPPED
    assert account.runs == [DRIFT]
    assert account.left(account.queue) == []


@pytest.mark.parametrize(
    ("later", "outcome"),
    [(0, Outcome.SKIPPED), (COOLDOWN - 1, Outcome.SKIPPED), (COOLDOWN, Outcome.STARTED)],
)
def test_a_model_rests_for_its_cooldown(account: Account, later: float, outcome: Outcome) -> None:
    account.send(DRIFT)
    account.handle()
    account.now += later
    account.send({**DRIFT, "window": "2026-08-01T11"})
    assert account.handle() is outcome
    assert len(account.runs) == (1 if outcome is Outcome.SKIPPED else 2)
    assert account.left(account.queue) == []


def test_models_do_not_wait_for_each_other(account: Account) -> None:
    account.send(DRIFT)
    account.send({**DRIFT, "model": "fraud"}, "fraud")
    assert [account.handle(), account.handle()] == [Outcome.STARTED] * 2
    assert [run["model"] for run in account.runs] == ["churn", "fraud"]


def test_a_run_that_does_not_start_gives_the_cooldown_back_and_is_tried_again(account: Account) -> None:
    account.send(DRIFT)
    assert account.handle(fail) is Outcome.FAILED
    assert account.noted() == []
    assert account.left(account.queue) == ["in flight"]


def test_a_run_that_starts_at_last_is_no_dead_letter(account: Account) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)
    assert [account.handle(fail), account.handle()] == [Outcome.FAILED, Outcome.STARTED]
    assert account.runs == [DRIFT]
    assert account.left(account.queue) == account.left(account.dead) == []


def test_a_run_that_never_starts_ends_among_the_dead_letters(account: Account) -> None:
    account.deliver_again_at_once()
    account.send(DRIFT)
    assert [account.handle(fail) for _ in range(3)] == [Outcome.FAILED, Outcome.FAILED, Outcome.NONE]
    assert [json.loads(body) for body in account.left(account.dead)] == [DRIFT]


@pytest.mark.parametrize(
    "body", ["not json", "[]", "1", {}, {**DRIFT, "model": ""}, {**DRIFT, "model": 1}, {"model": "churn"}]
)
def test_what_is_no_request_goes_to_the_dead_letters_and_nowhere_else(account: Account, body: Any) -> None:
    account.send(body)
    assert [account.handle() for _ in range(3)] == [Outcome.MALFORMED, Outcome.MALFORMED, Outcome.NONE]
    assert account.runs == account.noted() == account.left(account.queue) == []
    assert account.left(account.dead) == [body if isinstance(body, str) else json.dumps(body)]


def test_the_command_reads_the_request(account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    account.send(DRIFT)
    copy = f"import sys, pathlib; pathlib.Path({str(tmp_path / 'run')!r}).write_text(sys.stdin.read())"
    main(["--queue-url", account.queue, "--table-name", "cooldowns", "--once", "--", sys.executable, "-c", copy])
    assert json.loads((tmp_path / "run").read_text()) == DRIFT
    assert account.left(account.queue) == []


def test_a_command_that_fails_starts_no_run(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    account.send(DRIFT)
    main(["--queue-url", account.queue, "--table-name", "cooldowns", "--once", "--", "false"])
    assert account.noted() == []
    assert account.left(account.queue) == ["in flight"]


def test_the_program_tells_how_to_use_it() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "workloads.retraining", "--help"], capture_output=True, text=True, check=True
    )
    assert "--cooldown-minutes" in told.stdout


@pytest.mark.parametrize("given", [["--queue-url", "q", "true"], ["--table-name", "t", "true"]])
def test_queue_and_table_are_needed(monkeypatch: pytest.MonkeyPatch, given: list[str]) -> None:
    for name in ("QUEUE_URL", "TABLE_NAME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit):
        main(given)
