"""Sends a sample of requests with their answers to a stream, beside the requests and never in their way."""

import json
import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

log = logging.getLogger("capture")

BATCH_RECORDS, BATCH_BYTES, RECORD_BYTES = 500, 4 << 20, 1000 << 10
"""What Firehose takes at a time, and at most as one record (PutRecordBatch, API reference)."""
TRIES, LINGER_SECONDS = 3, 0.5

Record = dict[str, Any]


class Capture:
    """A bounded queue and one thread behind it.

    `offer` puts a function on the queue that makes the record, which the thread calls: what is slow happens there. What
    finds the queue full, what cannot be made and what the stream refuses is counted, and forgotten.
    """

    def __init__(
        self,
        model: str,
        stream: str,
        parameter: str,
        clients: Callable[[str], Any],
        captured: Callable[[int], None],
        dropped: Callable[[str, int], None],
        size: int = 1000,
        refresh_seconds: float = 60,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Start the thread.

        Args:
            model: Name of the model in the parameter.
            stream: Firehose stream.
            parameter: SSM parameter (JSON) of model to the percentage that is captured.
            clients: Name of an AWS service to its boto3 client; called in the thread.
            captured: Told how many records the stream took.
            dropped: Told why, and how many were not captured.
            size: Records that wait at most.
            refresh_seconds: How old the percentage may be.
            chance: A number from 0 up to 1.
        """
        self._model, self._stream, self._parameter = model, stream, parameter
        self._clients, self._captured, self._dropped = clients, captured, dropped
        self._refresh, self._chance = refresh_seconds, chance
        self._queue: queue.Queue[Callable[[], Record]] = queue.Queue(size)
        self._percent, self._asked = 0.0, float("-inf")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def offer(self, make: Callable[[], Record]) -> None:
        """Capture a request, if it is its turn; never waits and never raises."""
        if self._chance() * 100 >= self._percent:
            return
        try:
            self._queue.put_nowait(make)
        except queue.Full:
            self._dropped("queue-full", 1)

    def close(self, seconds: float = 5) -> None:
        """Send what waits, within a time."""
        self._ended.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not (self._ended.is_set() and self._queue.empty()):
            try:
                self._sample()
                if batch := list(self._gathered()):
                    self._send(batch)
            except Exception:  # the thread outlives whatever happens to one batch
                log.exception("a batch was not captured")

    def _sample(self) -> None:
        """Read the percentage anew when it is old; without an answer the last one holds."""
        if time.monotonic() - self._asked < self._refresh:
            return
        self._asked = time.monotonic()
        try:
            found = self._clients("ssm").get_parameter(Name=self._parameter)["Parameter"]["Value"]
            self._percent = float(json.loads(found).get(self._model, 0))
        except Exception as error:
            log.warning("%s is not known now, %s %% are captured on: %s", self._parameter, self._percent, error)

    def _gathered(self) -> Iterator[bytes]:
        """What waits, up to a batch, a moment after the first."""
        deadline, size = time.monotonic() + LINGER_SECONDS, 0
        # Room for one more of the greatest size, so that none has to be put back.
        for _ in range(BATCH_RECORDS):
            left = deadline - time.monotonic()
            try:
                make = self._queue.get(timeout=max(left, 0)) if left > 0 else self._queue.get_nowait()
            except queue.Empty:
                return
            if record := self._encoded(make):
                size += len(record)
                yield record
            if size > BATCH_BYTES - RECORD_BYTES:
                return

    def _encoded(self, make: Callable[[], Record]) -> bytes:
        try:
            record = json.dumps(make(), allow_nan=False, separators=(",", ":")).encode()
        except Exception as error:
            log.warning("a request cannot be captured: %s", error)
            self._dropped("unreadable", 1)
            return b""
        if len(record) > RECORD_BYTES:
            self._dropped("too-large", 1)
            return b""
        return record

    def _send(self, batch: list[bytes]) -> None:
        for attempt in range(TRIES):
            if attempt:
                time.sleep(0.2 * 2**attempt)
            try:
                records = [{"Data": record} for record in batch]
                done = self._clients("firehose").put_record_batch(DeliveryStreamName=self._stream, Records=records)
            except Exception as error:
                log.warning("the stream %s takes nothing: %s", self._stream, error)
                continue
            left = [record for record, one in zip(batch, done["RequestResponses"], strict=True) if "ErrorCode" in one]
            self._captured(len(batch) - len(left))
            if not (batch := left):
                return
        self._dropped("refused", len(batch))
