import pytest

from policies._buckets import VERSIONING, attached
from policies._view import UNKNOWN, Resource, Stack
from tests.policies.world import BUCKET, beside, made

DATA = made(BUCKET, "data", {"bucket": "data-1"})
LOGS = made(BUCKET, "logs", {"bucket": "logs-1"})
UNNAMED = made(BUCKET, "unnamed", {"bucket": UNKNOWN})


def versioning(name: object, *sources: Resource) -> Resource:
    origins = {"bucket": [source.urn for source in sources]}
    return made(VERSIONING[0], "versioning", {"bucket": name}, sources=origins)


def belongs(found: Resource, bucket: Resource, *others: Resource) -> bool | None:
    """Whether `found` belongs to `bucket`; None if that cannot be told."""
    result = attached(bucket, Stack("prod", (DATA, LOGS, UNNAMED, found, *others)), VERSIONING)
    return None if result is None else bool(result)


@pytest.mark.parametrize("name", [UNKNOWN, "data-1", "the id of the bucket"])
def test_one_origin_decides(name: object) -> None:
    found = versioning(name, DATA)
    assert [belongs(found, bucket) for bucket in (DATA, LOGS, UNNAMED)] == [True, False, False]


def test_an_origin_counts_by_way_of_what_belongs_to_a_bucket() -> None:
    policy = beside("aws:s3/bucketPolicy:BucketPolicy", {}, DATA)
    found = versioning(UNKNOWN, policy)
    assert [belongs(found, bucket, policy) for bucket in (DATA, LOGS)] == [True, False]


def test_names_decide_without_an_origin() -> None:
    assert [belongs(versioning("data-1"), bucket) for bucket in (DATA, LOGS)] == [True, False]
    by_id = made(BUCKET, "by-id", {"id": "data-1"})
    assert belongs(versioning("data-1"), by_id)


def test_names_decide_between_several_origins() -> None:
    found = versioning("logs-1", DATA, LOGS)
    assert [belongs(found, bucket) for bucket in (DATA, LOGS)] == [False, True]


def test_cannot_be_told_without_origin_and_name() -> None:
    assert belongs(versioning(UNKNOWN), DATA) is None
    assert belongs(versioning("data-1"), UNNAMED) is None
    assert [belongs(versioning(UNKNOWN, DATA, LOGS), bucket) for bucket in (DATA, UNNAMED)] == [None, False]


def test_one_that_cannot_be_told_leaves_the_question_open_unless_another_answers_it() -> None:
    stray = made(VERSIONING[0], "stray", {"bucket": UNKNOWN})
    assert belongs(stray, DATA, versioning("logs-1")) is None
    assert belongs(stray, DATA, versioning(UNKNOWN, LOGS, UNNAMED)) is None
    assert belongs(stray, DATA, versioning("data-1"))


def test_two_resources_without_a_name_do_not_belong_together() -> None:
    assert belongs(made(VERSIONING[0], "nameless"), made(BUCKET, "nameless-bucket")) is False


def test_origins_that_go_in_circles_end() -> None:
    first = made(VERSIONING[0], "first", {"bucket": "x"})
    second = made(VERSIONING[0], "second", {"bucket": "x"}, sources={"bucket": (first.urn,)})
    first = made(VERSIONING[0], "first", {"bucket": "x"}, sources={"bucket": (second.urn,)})
    assert attached(DATA, Stack("prod", (DATA, first, second)), VERSIONING) == []
