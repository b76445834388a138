"""How long objects in a bucket of the stack are kept."""

from collections.abc import Iterator
from typing import Any

from policies._buckets import BUCKET, attached
from policies._verdict import PASS, Verdict, at, fail, require, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack

LIFECYCLE = (
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
)


def kept(uri: Any, stack: Stack, days: int) -> Verdict:
    """Demand that nothing in the bucket of an `s3://` URI expires before so many days.

    A bucket of another stack is judged there.
    """
    if uri is UNKNOWN:
        return unknown("the bucket")
    name = str(uri).removeprefix("s3://").partition("/")[0]
    if uri is ABSENT or not str(uri).startswith("s3://"):
        return PASS
    undecided = False
    for bucket in stack.resources:
        if bucket.type in BUCKET:
            names = (bucket.get("bucket"), bucket.get("id"))
            if name in names:
                return _judge(bucket, stack, days)
            undecided = undecided or UNKNOWN in names
    return unknown("the bucket of that name") if undecided else PASS


def _judge(bucket: Resource, stack: Stack, days: int) -> Verdict:
    lifecycles = attached(bucket, stack, LIFECYCLE)
    if lifecycles is None:
        return unknown("the bucket of every lifecycle")
    return worst(verdict for one in lifecycles for verdict in _expiry(one, days))


def _expiry(lifecycle: Resource, days: int) -> Iterator[Verdict]:
    rules = lifecycle.get("rules")
    if rules is UNKNOWN:
        yield unknown(at(lifecycle, "rules"))
    for index in range(len(rules) if isinstance(rules, list) else 0):
        path = f"rules[{index}].expiration"
        if lifecycle.get(f"rules[{index}].status") == "Disabled":
            continue
        if lifecycle.get(f"{path}.days") is not ABSENT:
            yield require(lifecycle, f"{path}.days", lambda value: value >= days, f"{days} or more")
        if lifecycle.get(f"{path}.date") not in (ABSENT, UNKNOWN):
            yield fail(f"{at(lifecycle, f'{path}.date')} lets everything expire on one day", f"{path}.date")
