"""Starts the training runs that a RetrainingBus asks for: one for each cause, and none before the cooldown is over.

No request is lost. A request that comes in a cooldown waits in the queue until the cooldown is over. If a consumer is
killed, its request stays in the queue, and the next consumer starts the run again under the same name. A run that fails
ends with `--release`, which ends the cooldown and sends the request again.
"""

import argparse
import hashlib
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import boto3
from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ClientError

log = logging.getLogger("retraining")

LONGEST_WAIT = 11 * 3600
"""Seconds that a request waits before it is looked at again. Amazon SQS hides a message for 12 hours at most.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""
ATTEMPTS = 3
"""Runs that one request may start, of which all but the last have failed."""
REMEMBERED = 14 * 24 * 3600
"""Seconds after its cooldown in which a run still answers requests for the same cause."""
STARTING, STARTED = "starting", "started"
NOT_SENT = f"its request was not sent again: another run came after it, or {ATTEMPTS} runs have failed for it"
EXAMPLES = """
examples:
  python -m workloads.retraining -- submit-run
  python -m workloads.retraining --release fraud-3f2a9c1d0b7e --model fraud     the last step of a run that failed
"""


class Outcome(StrEnum):
    """What became of a request."""

    NONE = "none"
    """There was no request."""
    STARTED = "started"
    """The run was started."""
    WAITING = "waiting"
    """The model's last run is too recent; the request stays in the queue until the cooldown is over."""
    COVERED = "covered"
    """The model's last run was started for the same cause, or after the request was sent; the request is deleted."""
    FAILED = "failed"
    """The run could not be started; the request is tried again, and goes to the dead-letter queue in the end."""
    MALFORMED = "malformed"
    """It is no request; it goes to the dead-letter queue in the end."""


@dataclass(frozen=True)
class Bus:
    """The queue and the table of a RetrainingBus.

    Attributes:
        queue_url: Queue of requests.
        table_name: Table that holds the last run of each model.
        cooldown: Seconds after the start of a run in which no other run of the model starts.
        session: How AWS is asked.
        clock: Seconds since 1970.
    """

    queue_url: str
    table_name: str
    cooldown: float
    session: boto3.Session
    clock: Callable[[], float] = time.time

    @cached_property
    def sqs(self) -> Any:
        """A client of Amazon SQS."""
        return self.session.client("sqs")

    @cached_property
    def table(self) -> Any:
        """The table."""
        dynamodb: Any = self.session.resource("dynamodb")
        return dynamodb.Table(self.table_name)

    def consume(self, start: Callable[[dict[str, Any]], None], wait_seconds: int = 20) -> Outcome:
        """Wait for one request and handle it.

        Args:
            start: Submits a run and returns, within the visibility timeout of the queue. It gets the request and in it
                `run`, the name of the run, which is the same if it is called again for the same request.
            wait_seconds: Seconds to wait for a request, 0 to 20.
        """
        sqs = self.sqs
        received = sqs.receive_message(
            QueueUrl=self.queue_url, WaitTimeSeconds=wait_seconds, MessageSystemAttributeNames=["SentTimestamp"]
        )
        for message in received.get("Messages", []):
            handle = {"QueueUrl": self.queue_url, "ReceiptHandle": message["ReceiptHandle"]}
            if not (request := _request(message)):
                # At once, as the requests of the same model wait for this one.
                sqs.change_message_visibility(**handle, VisibilityTimeout=0)
                return Outcome.MALFORMED
            now, sent = int(self.clock()), int(message["Attributes"]["SentTimestamp"]) / 1000
            last = self._last(request["model"])
            outcome = _judge(last, request, sent, now) or self._start(last, request, now, start)
            if outcome is Outcome.WAITING:
                wait = int(last["until"]) - now if last else 1
                sqs.change_message_visibility(**handle, VisibilityTimeout=min(max(wait, 1), LONGEST_WAIT))
            elif outcome in (Outcome.STARTED, Outcome.COVERED):
                sqs.delete_message(**handle)
            return outcome
        return Outcome.NONE

    def release(self, model: str, run: str) -> bool:
        """End the cooldown of a run that has failed, and send its request again.

        Returns:
            Whether the request was sent again. It was not if `run` is not the model's last run, or if the request has
            started ATTEMPTS runs already; the cooldown then stays.
        """
        last = self._last(model)
        if not last or last["run"] != run:
            return False
        request = json.loads(last["request"])
        request["attempt"] = request.get("attempt", 1) + 1
        if request["attempt"] > ATTEMPTS:
            return False
        # Sent first: if this program is killed in between, the request waits for the end of the cooldown.
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=json.dumps(request), MessageGroupId=model)
        self._forget(last)
        return True

    def _start(
        self, last: dict[str, Any] | None, request: dict[str, Any], now: int, start: Callable[[dict[str, Any]], None]
    ) -> Outcome:
        until = now + int(self.cooldown)
        item = {
            **{name: request[name] for name in ("model", "trigger", "window", "run")},
            "request": json.dumps({name: value for name, value in request.items() if name != "run"}),
            "state": STARTING,
            "started": now,
            "until": until,
            "expires": until + REMEMBERED,
        }
        if not self._put(item, last):
            return Outcome.WAITING
        try:
            start(request)
        except Exception:  # whatever the cause, SQS delivers the request again
            log.exception("%s was not started", request["run"])
            self._forget(item)
            return Outcome.FAILED
        self._put({**item, "state": STARTED}, item)
        return Outcome.STARTED

    def _last(self, model: str) -> dict[str, Any] | None:
        return self.table.get_item(Key={"model": model}, ConsistentRead=True).get("Item")

    def _put(self, item: dict[str, Any], last: dict[str, Any] | None) -> bool:
        """Replace the last run of a model; false if another consumer has done so meanwhile."""
        return self._write("put_item", last, Item=item)

    def _forget(self, last: dict[str, Any]) -> None:
        self._write("delete_item", last, Key={"model": last["model"]})

    def _write(self, operation: str, last: dict[str, Any] | None, **given: Any) -> bool:
        same = Attr("run").eq(last["run"]) if last else Attr("model").not_exists()
        try:
            getattr(self.table, operation)(**given, ConditionExpression=same)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _judge(last: dict[str, Any] | None, request: dict[str, Any], sent: float, now: int) -> Outcome | None:
    """Whether a request is answered by a model's last run, or has to wait; none if a run may start."""
    if last is None:
        return None
    if last["run"] == request["run"]:  # its consumer was killed
        return Outcome.COVERED if last["state"] == STARTED else None
    alike = all(last[name] == request[name] for name in ("trigger", "window"))
    # `new-data` names a place, which is the same for everything that arrives there.
    again = alike and request["trigger"] != "new-data" and "attempt" not in request
    if last["state"] == STARTED and (again or sent <= last["started"]):
        return Outcome.COVERED
    return Outcome.WAITING if last["until"] > now else None


def _request(message: dict[str, Any]) -> dict[str, Any] | None:
    """The request that a message holds, with the name of its run; none if it holds no request."""
    try:
        found = json.loads(message["Body"])
    except json.JSONDecodeError:
        return None
    texts = isinstance(found, dict) and all(isinstance(found.get(key), str) for key in ("model", "trigger", "window"))
    if not texts or not found["model"]:
        return None
    # SQS delivers a message again under the same id.
    return {**found, "run": f"{found['model']}-{hashlib.sha256(message['MessageId'].encode()).hexdigest()[:12]}"}


def main(arguments: list[str] | None = None) -> int:
    """Start runs with a command, which reads a request as JSON from its standard input.

    The request holds `model`, `trigger`, `window` and `run`, the name of the run. The command submits the run and ends.
    It succeeds if a run of that name exists already.
    """
    parser = argparse.ArgumentParser(
        prog="python -m workloads.retraining",
        description=main.__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--queue-url", default=os.environ.get("QUEUE_URL"), help="default: $QUEUE_URL")
    parser.add_argument("--table-name", default=os.environ.get("TABLE_NAME"), help="default: $TABLE_NAME")
    minutes = os.environ.get("COOLDOWN_MINUTES", "60")
    parser.add_argument("--cooldown-minutes", type=float, default=minutes, help="default: $COOLDOWN_MINUTES or 60")
    parser.add_argument("--once", action="store_true", help="end after one request, or none within 20 seconds")
    parser.add_argument("--release", metavar="RUN", help="end the cooldown of a failed run and send its request again")
    parser.add_argument("--model", metavar="MODEL", help="with --release: the model of the run")
    parser.add_argument("command", nargs="*", help="what submits a run")
    args = parser.parse_args(arguments)
    if not (args.queue_url and args.table_name):
        parser.error("--queue-url and --table-name are needed")
    if bool(args.release) != bool(args.model) or bool(args.release) == bool(args.command):
        parser.error("give either the command that submits a run, or --release RUN --model MODEL")
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)
    bus = Bus(args.queue_url, args.table_name, args.cooldown_minutes * 60, boto3.Session())
    if args.release:
        sent = bus.release(args.model, args.release)
        log.info("%s: %s", args.release, "its request was sent again" if sent else NOT_SENT)
        return 0 if sent else 1

    def start(request: dict[str, Any]) -> None:
        subprocess.run(args.command, input=json.dumps(request), text=True, check=True)

    while True:
        outcome = bus.consume(start)
        if outcome is not Outcome.NONE:
            log.info("%s", outcome)
        if args.once:
            return 0


if __name__ == "__main__":
    sys.exit(main())
