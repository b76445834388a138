"""AIG-10: data lies where it may, says of which class it is, and training data says where it comes from."""

from collections.abc import Iterator
from typing import Any

from policies._buckets import BUCKET
from policies._controls import ai_act, iso_42001
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity


def _check(bucket: Resource, stack: Stack) -> Verdict:
    return worst([_place(bucket, stack), *_said(bucket)])


def _place(bucket: Resource, stack: Stack) -> Verdict:
    region = bucket.get("region")
    region = bucket.provider.get("region", UNKNOWN) if region is ABSENT else region
    if region is UNKNOWN:
        return unknown(at(bucket, "region"))
    if region in stack.profile.regions:
        return PASS
    return fail(f"{at(bucket, 'region')} must be one of {', '.join(stack.profile.regions)}", "region")


def _said(bucket: Resource) -> Iterator[Verdict]:
    yield _tag(bucket, "data-class")
    holds = _value(bucket, "holds")
    if holds is UNKNOWN:
        yield unknown(at(bucket, "tags.holds"))
    elif holds == "training-data":
        yield _tag(bucket, "datasheet")


def _tag(bucket: Resource, tag: str) -> Verdict:
    value = _value(bucket, tag)
    if value is UNKNOWN:
        return unknown(at(bucket, f"tags.{tag}"))
    return fail(f"{at(bucket, f'tags.{tag}')} is not set", tag) if value is ABSENT else PASS


def _value(bucket: Resource, tag: str) -> Any:
    """A tag; what the provider adds to all resources is known after an update only."""
    own, all_tags = bucket.get(f"tags.{tag}"), bucket.get(f"tagsAll.{tag}")
    return all_tags if own is ABSENT else own


RULE = Rule(
    id="AIG-10",
    name="data-of-unknown-place-or-origin",
    title="A bucket lies in an allowed region and says its data class; one with training data has a data sheet.",
    why="Which law holds for data depends on where it lies. A model is no better than its data: whoever cannot say how "
    "it was gathered, and with what right, cannot answer for what it teaches.",
    instead="Use a region of the profile's `regions`; tag the bucket `data-class`, and one with training data "
    "`holds: training-data` and `datasheet` with the address of its data sheet (`datasheet` of a store).",
    severity=Severity.HIGH,
    types=BUCKET,
    controls=(*ai_act("Article 10"), *iso_42001("A.7.3", "A.7.4", "A.7.5")),
    check=_check,
    good="""
aws.s3.Bucket(
    "datasets",
    region="eu-central-1",
    tags={
        "data-class": "confidential",
        "holds": "training-data",
        "datasheet": "https://data.example.com/sheets/payments",
    },
)
""",
    bad="""
aws.s3.Bucket("datasets", region="us-east-1", tags={"data-class": "confidential", "holds": "training-data"})
""",
    parameters=("regions",),
)
