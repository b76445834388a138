from typing import Any

import pytest
from moto.events.models import EventPattern
from moto.events.utils import EventTemplateParser

from components._triggers import message, mistake, pattern

DRIFT: dict[str, Any] = {"kind": "drift", "model": "churn", "threshold": 0.2}
QUALITY: dict[str, Any] = {"kind": "performance", "model": "churn", "threshold": 0.8}
DATA: dict[str, Any] = {"kind": "new-data", "model": "churn", "prefix": "raw/"}
ASKED: dict[str, Any] = {"kind": "manual", "model": "churn"}
WEEKLY: dict[str, Any] = {"kind": "schedule", "model": "churn", "schedule": "rate(7 days)"}


def event(kind: str, source: str = "ml-platform.monitoring", **detail: Any) -> dict[str, Any]:
    return {"source": source, "detail-type": kind, "detail": {"model": "churn", "window": "10:00", **detail}}


def written(bucket: str, key: str) -> dict[str, Any]:
    detail = {"bucket": {"name": bucket}, "object": {"key": key}}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def matches(trigger: Any, happened: Any) -> bool:
    return EventPattern.load(pattern(trigger, "lake")).matches_event(happened)


def body(trigger: Any, happened: dict[str, Any]) -> dict[str, Any]:
    """The message that EventBridge makes of an event."""
    paths, template = message(trigger)
    told: Any = {"ingestion-time": 0, **happened}
    return EventTemplateParser.parse(template, paths, told)


@pytest.mark.parametrize(
    ("trigger", "happened", "answer"),
    [
        (DRIFT, event("drift", score=0.2), True),
        (DRIFT, event("drift", score=0.9), True),
        (DRIFT, event("drift", score=0.1), False),
        (DRIFT, event("drift", score="0.9"), False),
        (DRIFT, event("drift"), False),
        (DRIFT, event("drift", score=0.9, model="fraud"), False),
        (DRIFT, event("drift", "somebody.else", score=0.9), False),
        (DRIFT, event("performance", score=0.9), False),
        (QUALITY, event("performance", score=0.79), True),
        (QUALITY, event("performance", score=0.8), False),
        (ASKED, event("manual"), True),
        (ASKED, event("manual", model="fraud"), False),
        (ASKED, event("drift"), False),
        (DATA, written("lake", "raw/a"), True),
        (DATA, written("lake", "cooked/a"), False),
        (DATA, written("pond", "raw/a"), False),
        (DATA, {**written("lake", "raw/a"), "detail-type": "Object Deleted"}, False),
        # Without a threshold every score counts, without a prefix every object.
        ({**ASKED, "kind": "drift"}, event("drift"), True),
        ({**ASKED, "kind": "performance"}, event("performance", score=1), True),
        ({**ASKED, "kind": "new-data"}, written("lake", "any"), True),
        ({**ASKED, "kind": "new-data"}, written("pond", "any"), False),
    ],
)
def test_a_trigger_hears_what_it_waits_for(trigger: Any, happened: Any, answer: bool) -> None:
    assert matches(trigger, happened) is answer


@pytest.mark.parametrize("kind", ["drift", "performance", "manual"])
def test_an_event_without_a_window_is_not_heard(kind: str) -> None:
    happened = event(kind)
    assert matches({"kind": kind, "model": "churn"}, happened)
    del happened["detail"]["window"]
    assert not matches({"kind": kind, "model": "churn"}, happened)


@pytest.mark.parametrize(
    ("trigger", "happened", "window"),
    [
        (DRIFT, event("drift", score=0.9), "10:00"),
        (QUALITY, event("performance", score=0.1), "10:00"),
        (ASKED, event("manual"), "10:00"),
        (DATA, written("lake", "raw/a"), "s3://lake/raw/"),
    ],
)
def test_the_same_cause_makes_the_same_message(trigger: Any, happened: dict[str, Any], window: str) -> None:
    once = body(trigger, {**happened, "id": "1", "time": "2026-08-01T10:00:00Z"})
    again = body(trigger, {**happened, "id": "2", "time": "2026-08-01T10:00:09Z", "replay-name": "bus-1"})
    assert once == again == {"window": window, "model": "churn", "trigger": trigger["kind"]}
    assert list(once) == list(again)


def test_another_window_makes_another_message() -> None:
    assert body(DRIFT, event("drift", window="11:00")) != body(DRIFT, event("drift", window="10:00"))


def test_a_planned_time_makes_one_message_however_often_it_is_sent() -> None:
    monday = {"time": "2026-08-03T03:00:00Z"}
    assert body(WEEKLY, {**monday, "id": "1"}) == body(WEEKLY, {**monday, "id": "2"})
    assert body(WEEKLY, monday) == {"window": monday["time"], "model": "churn", "trigger": "schedule"}


def test_a_thousand_files_are_one_request() -> None:
    assert body(DATA, written("lake", "raw/1")) == body(DATA, written("lake", "raw/1000"))


def test_an_event_cannot_ask_for_another_model() -> None:
    assert body(DRIFT, event("drift", window='x", "model": "fraud'))["model"] == "churn"


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        ({"kind": "whim", "model": "m"}, "has kind 'whim'; allowed: schedule, drift, performance, new-data, manual"),
        ({"kind": "schedule", "model": "m"}, "lacks schedule; schedule needs schedule"),
        ({"kind": "new-data", "model": "m"}, "lacks bucket; new-data needs bucket"),
        ({**DRIFT, "schedule": "rate(1 day)"}, "has schedule; allowed with drift: threshold"),
        ({"kind": "manual", "model": "m", "threshold": 1}, "has threshold; allowed with manual: kind and model only"),
        ({"kind": "schedule", "model": "m", "schedule": "daily"}, "has schedule 'daily'; allowed: `rate"),
        ({**DRIFT, "model": 'a"b'}, "allowed: up to 128 letters"),
        ({**DRIFT, "model": ""}, "allowed: up to 128 letters"),
        ({**DATA, "bucket": "b", "prefix": "<window>"}, "has prefix '<window>'; allowed: no quotes"),
    ],
)
def test_a_trigger_that_could_never_work_is_a_mistake(trigger: Any, told: str) -> None:
    assert told in mistake(trigger)


@pytest.mark.parametrize("trigger", [DRIFT, QUALITY, {**DATA, "bucket": "b"}, ASKED, WEEKLY])
def test_a_trigger_that_can_work_is_none(trigger: Any) -> None:
    assert mistake(trigger) == ""
