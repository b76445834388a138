"""The webhook's receiver: what of Alertmanager's alerts becomes an event, and that it does so once."""

import http.client
import json
import threading
import zlib
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from sandbox.loop.programs import HOST
from workloads.alerts.__main__ import MAX_BYTES, handler
from workloads.alerts.events import REMEMBERED, Publisher

SINCE = "2026-08-01T10:00:00.5Z"
ALERT = {
    "labels": {"alertname": "FeatureDrift", "model": "fraud", "version": "3", "retrain": "true"},
    "annotations": {"summary": "fraud 3: 80% of its features have drifted", "score": "0.8"},
}
KINDS = {"FeatureDrift": "drift", "QualityLow": "performance"}


class Bus:
    """Events, in place of EventBridge; it can be out of order."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.broken: list[Any] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        if self.broken:
            answer = self.broken.pop()
            if isinstance(answer, Exception):
                raise answer
            return answer
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}

    @property
    def details(self) -> list[dict[str, Any]]:
        return [json.loads(entry["Detail"]) for entry in self.entries]


class Receiver:
    """The server, and its bus."""

    def __init__(self) -> None:
        self.bus = Bus()
        self.publisher = Publisher(self.bus, "retraining", "ml-platform.retraining-webhook", KINDS)
        self.server = ThreadingHTTPServer((HOST, 0), handler(self.publisher))

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection(HOST, self.server.server_port, timeout=10)
        connection.putrequest(method, path)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def post(self, document: Any) -> tuple[int, str]:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.ask("POST", "/", body, Content_Length=str(len(body)))

    def alert(self, labels: Any = None, annotations: Any = None, **more: Any) -> tuple[int, str]:
        return self.post(webhook(made(labels, annotations, **more)))


def made(labels: Any = None, annotations: Any = None, **more: Any) -> dict[str, Any]:
    """An alert of Alertmanager's; what is None is left out."""
    found = {
        **ALERT,
        "labels": {**ALERT["labels"], **(labels or {})},
        "annotations": {**ALERT["annotations"], **(annotations or {})},
    }
    for part in ("labels", "annotations"):
        found[part] = {key: value for key, value in found[part].items() if value is not None}
    return {
        "status": "firing",
        "labels": found["labels"],
        "annotations": found["annotations"],
        "startsAt": SINCE,
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "",
        "fingerprint": f"{zlib.crc32(json.dumps(found['labels'], sort_keys=True).encode()):016x}",
        **more,
    }


def webhook(one: dict[str, Any]) -> dict[str, Any]:
    """Version 4 of Alertmanager's webhook, with one alert."""
    return {
        "version": "4",
        "groupKey": "{}",
        "truncatedAlerts": 0,
        "status": one["status"],
        "receiver": "retraining",
        "groupLabels": {},
        "commonLabels": one["labels"],
        "commonAnnotations": one["annotations"],
        "externalURL": "",
        "alerts": [one],
    }


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever)
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def test_an_alert_becomes_an_event_that_the_bus_takes_for_a_trigger(receiver: Receiver) -> None:
    assert receiver.alert() == (200, "1 published")
    (entry,) = receiver.bus.entries
    assert (entry["EventBusName"], entry["Source"], entry["DetailType"]) == (
        "retraining",
        "ml-platform.retraining-webhook",
        "drift",
    )
    (detail,) = receiver.bus.details
    assert {**detail, "fingerprint": ""} == {
        "model": "fraud",
        "window": SINCE,
        "score": 0.8,
        "alert": "FeatureDrift",
        "version": "3",
        "fingerprint": "",
    }


def test_an_alert_that_is_sent_again_is_one_event(receiver: Receiver) -> None:
    # Its score may have moved since.
    answers = [receiver.alert(), receiver.alert(), receiver.alert(annotations={"score": "0.9"})]
    assert [text for _, text in answers] == ["1 published", "0 published", "0 published"]
    assert len(receiver.bus.entries) == 1


def test_an_alert_that_fires_anew_or_for_another_version_is_another_event(receiver: Receiver) -> None:
    later = "2026-08-02T10:00:00Z"
    answers = [receiver.alert(), receiver.alert(startsAt=later), receiver.alert({"version": "4"})]
    assert answers == [(200, "1 published")] * 3
    assert [detail["window"] for detail in receiver.bus.details] == [SINCE, later, SINCE]


def test_callers_at_the_same_time_make_one_event(receiver: Receiver) -> None:
    threads = [threading.Thread(target=receiver.alert) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receiver.bus.entries) == 1


@pytest.mark.parametrize("given", [{"status": "resolved"}, {"labels": {"alertname": "ServiceDown"}}])
def test_an_alert_that_is_over_or_asks_for_no_retraining_is_none(receiver: Receiver, given: Any) -> None:
    assert receiver.alert(**given) == (200, "0 published")
    assert receiver.bus.entries == []


def test_alerts_of_one_webhook_are_events_each_and_kinds_are_theirs(receiver: Receiver) -> None:
    both = {**webhook(made()), "alerts": [made(), made({"alertname": "QualityLow", "model": "churn"})]}
    assert receiver.post(both) == (200, "2 published")
    assert [entry["DetailType"] for entry in receiver.bus.entries] == ["drift", "performance"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"labels": {"model": None}}, "model"),
        ({"labels": {"model": ""}}, "empty model"),
        ({"annotations": {"score": None}}, "score"),
        ({"annotations": {"score": "much"}}, "much"),
        ({"annotations": {"score": "NaN"}}, "nan"),
    ],
)
def test_an_alert_that_lacks_something_is_refused_for_good(receiver: Receiver, given: Any, said: str) -> None:
    code, text = receiver.alert(**given)
    assert (code, receiver.bus.entries) == (400, [])
    assert said in text


@pytest.mark.parametrize("body", [b"no json", b"[]", b'{"alerts": 1}', b'{"alerts": [1]}', b"\xff"])
def test_what_is_no_webhook_is_refused_for_good(receiver: Receiver, body: bytes) -> None:
    assert receiver.post(body)[0] == 400


def test_a_webhook_is_bounded_and_its_length_known(receiver: Receiver) -> None:
    assert receiver.ask("POST", "/", Content_Length=str(MAX_BYTES + 1)) == (413, f"allowed: up to {MAX_BYTES} bytes")
    assert receiver.ask("POST", "/", Content_Length="-1")[0] == 411
    assert receiver.ask("POST", "/", Transfer_Encoding="chunked")[0] == 411
    assert receiver.alert() == (200, "1 published")


@pytest.mark.parametrize("broken", [RuntimeError("gone"), {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "x"}]}])
def test_an_event_that_the_bus_does_not_take_is_asked_for_again(receiver: Receiver, broken: Any) -> None:
    receiver.bus.broken.append(broken)
    assert receiver.alert()[0] == 502
    assert receiver.alert() == (200, "1 published")


def test_it_says_that_it_runs_and_knows_no_other_place(receiver: Receiver) -> None:
    assert receiver.ask("GET", "/healthz")[0] == 200
    assert receiver.ask("GET", "/")[0] == 404
    assert receiver.ask("POST", "/other", Content_Length="0")[0] == 404


def test_what_it_remembers_is_bounded(receiver: Receiver) -> None:
    for number in range(REMEMBERED + 1):
        receiver.publisher.take(webhook(made(startsAt=str(number))))
    assert len(receiver.bus.entries) == REMEMBERED + 1
    receiver.publisher.take(webhook(made(startsAt=str(REMEMBERED))))
    assert len(receiver.bus.entries) == REMEMBERED + 1
    receiver.publisher.take(webhook(made(startsAt="0")))
    assert len(receiver.bus.entries) == REMEMBERED + 2
