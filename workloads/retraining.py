"""Starts retraining runs that a RetrainingBus asks for: one for the same cause, and none before its cooldown is over.

`start` submits a run and returns, within the visibility timeout of the queue. Between taking the cooldown and the end
of `start` a killed consumer loses the run, until the next request after the cooldown.
"""

import argparse
import json
import logging
import os
import subprocess
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import boto3
from botocore.exceptions import ClientError

log = logging.getLogger("retraining")


class Outcome(StrEnum):
    """What became of a request."""

    NONE = "none"
    """There was no request."""
    STARTED = "started"
    """The run was started."""
    SKIPPED = "skipped"
    """The model's last run is too recent; the request is gone."""
    FAILED = "failed"
    """The run could not be started; the request is tried again, and goes to the dead-letter queue in the end."""
    MALFORMED = "malformed"
    """It is no request; it goes to the dead-letter queue in the end."""


def consume(
    queue_url: str,
    table_name: str,
    cooldown: float,
    start: Callable[[dict[str, Any]], None],
    wait_seconds: int = 20,
    session: boto3.Session | None = None,
    clock: Callable[[], float] = time.time,
) -> Outcome:
    """Wait for one request and handle it; `cooldown` is in seconds."""
    session = session or boto3.Session()
    dynamodb: Any = session.resource("dynamodb")
    sqs, table = session.client("sqs"), dynamodb.Table(table_name)
    received = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds)
    for message in received.get("Messages", []):
        handle = {"QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"]}
        if not (request := _request(message["Body"])):
            # At once, as the requests of the same model wait for this one.
            sqs.change_message_visibility(**handle, VisibilityTimeout=0)
            return Outcome.MALFORMED
        now = int(clock())
        key, taken = {"model": request["model"]}, {"started": now, "expires": now + int(cooldown)}
        if not _put(table, {**key, **taken, "trigger": request["trigger"], "window": request["window"]}, now):
            sqs.delete_message(**handle)
            return Outcome.SKIPPED
        try:
            start(request)
        except Exception:
            log.exception("%s was not started", request["model"])
            table.delete_item(Key=key)
            return Outcome.FAILED
        sqs.delete_message(**handle)
        return Outcome.STARTED
    return Outcome.NONE


def _request(body: str) -> dict[str, Any]:
    """The request that a message holds, or nothing."""
    try:
        found = json.loads(body)
    except json.JSONDecodeError:
        return {}
    texts = isinstance(found, dict) and all(isinstance(found.get(key), str) for key in ("model", "trigger", "window"))
    return found if texts and found["model"] else {}


def _put(table: Any, item: dict[str, Any], now: int) -> bool:
    """Whether the cooldown was free; DynamoDB deletes what has expired only hours later."""
    try:
        table.put_item(
            Item=item,
            ConditionExpression="attribute_not_exists(#model) OR #expires <= :now",
            ExpressionAttributeNames={"#model": "model", "#expires": "expires"},
            ExpressionAttributeValues={":now": now},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            return False
        raise
    return True


def main(arguments: list[str] | None = None) -> None:
    """Handle requests with a command, which reads a request as JSON from its standard input."""
    parser = argparse.ArgumentParser(prog="python -m workloads.retraining", description=main.__doc__)
    parser.add_argument("--queue-url", default=os.environ.get("QUEUE_URL"), help="default: $QUEUE_URL")
    parser.add_argument("--table-name", default=os.environ.get("TABLE_NAME"), help="default: $TABLE_NAME")
    minutes = os.environ.get("COOLDOWN_MINUTES", "60")
    parser.add_argument("--cooldown-minutes", type=float, default=minutes, help="default: $COOLDOWN_MINUTES or 60")
    parser.add_argument("--once", action="store_true", help="end after one request, or none within 20 seconds")
    parser.add_argument("command", nargs="+", help="what starts a run; it ends once the run is submitted")
    args = parser.parse_args(arguments)
    if not (args.queue_url and args.table_name):
        parser.error("--queue-url and --table-name are needed")
    logging.basicConfig(format="%(asctime)s %(message)s")
    log.setLevel(logging.INFO)

    def start(request: dict[str, Any]) -> None:
        subprocess.run(args.command, input=json.dumps(request), text=True, check=True)

    while True:
        outcome = consume(args.queue_url, args.table_name, args.cooldown_minutes * 60, start)
        if outcome is not Outcome.NONE:
            log.info("%s", outcome)
        if args.once:
            return


if __name__ == "__main__":
    main()
