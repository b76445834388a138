from typing import Any

import pytest

from policies._trails import is_recorded
from policies._view import UNKNOWN, Stack
from tests.policies.world import BUCKET, made

DATA = {"field": "eventCategory", "equals": ["Data"]}
OBJECTS = {"field": "resources.type", "equals": ["AWS::S3::Object"]}
MODELS = made(BUCKET, "models", {"bucket": "models"})


def recorded(bucket: Any = MODELS, **trail: Any) -> Any:
    sources = trail.pop("sources", {})
    found = made("aws:cloudtrail/trail:Trail", "trail", trail, sources=sources)
    return is_recorded(bucket, Stack("prod", (bucket, found)))


def plain(*values: Any, kind: Any = "All") -> list[Any]:
    return [{"readWriteType": kind, "dataResources": [{"type": "AWS::S3::Object", "values": list(values)}]}]


def advanced(*conditions: dict[str, Any]) -> list[Any]:
    return [{"fieldSelectors": [DATA, OBJECTS, *conditions]}]


@pytest.mark.parametrize(
    ("value", "answer"),
    [
        ("arn:aws:s3", True),
        ("arn:aws:s3:::", True),
        ("arn:aws:s3:::models/", True),
        ("arn:aws-cn:s3:::models/", True),
        ("arn:aws:s3:::models/credit/", False),
        ("arn:aws:s3:::models-old/", False),
        (UNKNOWN, UNKNOWN),
    ],
)
def test_a_prefix_has_to_cover_the_whole_bucket(value: Any, answer: Any) -> None:
    assert recorded(eventSelectors=plain(value)) is answer
    assert recorded(advancedEventSelectors=advanced({"field": "resources.ARN", "startsWiths": [value]})) is answer


@pytest.mark.parametrize(("kind", "answer"), [("All", True), (None, True), ("ReadOnly", False), (UNKNOWN, UNKNOWN)])
def test_reads_and_writes_count(kind: Any, answer: Any) -> None:
    assert recorded(eventSelectors=plain("arn:aws:s3", kind=kind)) is answer


def test_a_selector_without_an_arn_records_every_bucket() -> None:
    assert recorded(advancedEventSelectors=advanced()) is True
    assert recorded(advancedEventSelectors=[{"fieldSelectors": [DATA]}]) is False


def test_a_selector_may_leave_buckets_out() -> None:
    def but(*prefixes: Any) -> Any:
        return recorded(advancedEventSelectors=advanced({"field": "resources.ARN", "notStartsWiths": list(prefixes)}))

    assert but("arn:aws:s3:::logs/") is True
    assert but("arn:aws:s3:::models/") is False
    assert but(UNKNOWN) is UNKNOWN


def test_any_further_condition_leaves_events_out() -> None:
    assert recorded(advancedEventSelectors=advanced({"field": "readOnly", "equals": ["false"]})) is False


def test_an_arn_that_is_not_known_is_the_buckets_if_it_comes_from_it() -> None:
    origin = {"advancedEventSelectors": (MODELS.urn,)}
    selectors = advanced({"field": "resources.ARN", "startsWiths": [UNKNOWN]})
    assert recorded(advancedEventSelectors=selectors, sources=origin) is True
    assert recorded(advancedEventSelectors=selectors, sources={"advancedEventSelectors": ("elsewhere",)}) is UNKNOWN


def test_a_trail_that_is_off_records_nothing() -> None:
    assert recorded(eventSelectors=plain("arn:aws:s3"), enableLogging=False) is False
    assert recorded(eventSelectors=plain("arn:aws:s3"), enableLogging=UNKNOWN) is UNKNOWN
    assert is_recorded(MODELS, Stack("prod", (MODELS,))) is False
