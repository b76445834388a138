"""Sends a sample of requests with their answers to a stream, beside the requests and never in their way."""

import json
import logging
import queue
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

log = logging.getLogger("capture")

BATCH_RECORDS, BATCH_BYTES, RECORD_BYTES = 500, 4 << 20, 1000 << 10
"""What Firehose takes at a time, and at most as one record (PutRecordBatch, API reference)."""
TRIES, LINGER_SECONDS = 3, 0.5

Record = dict[str, Any]
Make = Callable[[], Record]


class Capture:
    """A queue that is bounded in memory, and one thread behind it.

    `offer` puts a function on the queue that makes the record, which the thread calls: what is slow happens there. A
    request is counted as dropped if the queue is full, its record cannot be made, the stream refuses it, or the server
    ends first. A record reaches the stream twice if an answer of the stream is lost: both have the same `capture`.
    """

    def __init__(
        self,
        model: str,
        stream: str,
        parameter: str,
        clients: Callable[[str], Any],
        captured: Callable[[int], None],
        dropped: Callable[[str, int], None],
        most_bytes: int,
        refresh_seconds: float,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Start the thread.

        Args:
            model: Name of the model in the parameter.
            stream: Firehose stream.
            parameter: SSM parameter (JSON) of model to the percentage that is captured.
            clients: Name of an AWS service to its boto3 client; called in the thread.
            captured: Receives how many records the stream took.
            dropped: Receives why, and how many were not captured.
            most_bytes: Most memory of what waits.
            refresh_seconds: How old the percentage may be.
            chance: A number from 0 up to 1.
        """
        self._model, self._stream, self._parameter = model, stream, parameter
        self._clients, self._captured, self._dropped = clients, captured, dropped
        self._most, self._refresh, self._chance = most_bytes, refresh_seconds, chance
        self._queue: queue.Queue[tuple[Make, int]] = queue.Queue()
        self._lock, self._bytes, self._open = threading.Lock(), 0, 0
        self._percent, self._asked = 0.0, float("-inf")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def samples(self) -> bool:
        """Whether the next request is one of the sample."""
        return self._chance() * 100 < self._percent

    def offer(self, make: Make, size: int) -> None:
        """Capture a request of the sample that takes `size` bytes of memory; never waits and never raises."""
        with self._lock:
            if fits := self._bytes + size <= self._most:
                self._bytes += size
                self._open += 1
        if fits:
            self._queue.put((make, size))
        else:
            self._dropped("queue-full", 1)

    def close(self, seconds: float) -> None:
        """Send what waits, within a time; what is left then is lost, and counted."""
        self._ended.set()
        self._thread.join(seconds)
        if left := self._open:
            log.error("%s requests were not captured: the stream did not take them within %s s", left, seconds)
            self._dropped("refused", left)

    def _run(self) -> None:
        while not (self._ended.is_set() and self._queue.empty()):
            self._sample()
            if batch := list(self._gathered()):
                self._send(batch)

    def _sample(self) -> None:
        """Read the percentage anew when it is old; without an answer the last one holds."""
        if time.monotonic() - self._asked < self._refresh or self._ended.is_set():
            return
        self._asked = time.monotonic()
        try:
            found = self._clients("ssm").get_parameter(Name=self._parameter)["Parameter"]["Value"]
            self._percent = float(json.loads(found).get(self._model, 0))
        except Exception as error:  # AWS, or the text of the parameter: the thread goes on with the last share
            log.warning("%s is not known now, %s %% are captured on: %s", self._parameter, self._percent, error)

    def _gathered(self) -> Iterator[bytes]:
        """What waits, up to a batch, a moment after the first."""
        deadline, size = time.monotonic() + LINGER_SECONDS, 0
        # Room for one more of the greatest size, so that none has to be put back.
        for _ in range(BATCH_RECORDS):
            left = 0 if self._ended.is_set() else deadline - time.monotonic()
            try:
                make, memory = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
            except queue.Empty:
                return
            record = self._encoded(make)
            with self._lock:
                self._bytes -= memory
            if record:
                size += len(record)
                yield record
            if size > BATCH_BYTES - RECORD_BYTES:
                return

    def _encoded(self, make: Make) -> bytes:
        try:
            whole = {"capture": uuid.uuid4().hex, **make()}
            record = json.dumps(whole, allow_nan=False, separators=(",", ":")).encode()
        except Exception as error:  # requests have any form; one that has no record must not end the thread
            log.warning("a request cannot be captured: %s", error)
            self._drop("unreadable", 1)
            return b""
        if len(record) > RECORD_BYTES:
            self._drop("too-large", 1)
            return b""
        return record

    def _send(self, batch: list[bytes]) -> None:
        for attempt in range(TRIES):
            if attempt:
                time.sleep(0.2 * 2**attempt)
            try:
                records = [{"Data": record} for record in batch]
                done = self._clients("firehose").put_record_batch(DeliveryStreamName=self._stream, Records=records)
                answers = zip(batch, done["RequestResponses"], strict=True)
                left = [record for record, one in answers if "ErrorCode" in one]
            except Exception as error:  # credentials, network or service: each is tried again, then counted
                log.warning("the stream %s takes nothing: %s", self._stream, error)
                continue
            self._settle(len(batch) - len(left))
            self._captured(len(batch) - len(left))
            if not (batch := left):
                return
        self._drop("refused", len(batch))

    def _drop(self, reason: str, count: int) -> None:
        self._settle(count)
        self._dropped(reason, count)

    def _settle(self, count: int) -> None:
        with self._lock:
            self._open -= count
