"""Which objects a trail records, from either form of its event selectors."""

from collections.abc import Mapping
from typing import Any

from policies._buckets import TRAIL
from policies._logic import either
from policies._verdict import PASS, Outcome, Verdict, fail, unknown
from policies._view import UNKNOWN, Resource, Stack

_OBJECT = "AWS::S3::Object"
_FIELDS = {"eventCategory": ["Data"], "resources.type": [_OBJECT]}
_ARN = "resources.ARN"


def recorded(bucket: Resource, stack: Stack) -> Verdict:
    """Whether a trail of the stack records every read and write of the bucket's objects."""
    found = [_records(trail, bucket) for trail in stack.of_types(TRAIL)]
    if True in found:
        return PASS
    what = f"records every read and write of the objects of {bucket.name}"
    return unknown(f"whether a trail {what}") if UNKNOWN in found else fail(f"no trail {what}")


def is_recorded(bucket: Resource, stack: Stack) -> Any:
    """The same as true, false or `UNKNOWN`."""
    return {Outcome.PASS: True, Outcome.FAIL: False}.get(recorded(bucket, stack).outcome, UNKNOWN)


def _records(trail: Resource, bucket: Resource) -> Any:
    if (logging := trail.get("enableLogging")) in (False, UNKNOWN):
        return logging
    name = bucket.get("bucket")
    # The slash ends the name: what begins like it may be another bucket.
    target = f"{name}/" if isinstance(name, str) else UNKNOWN
    answers = []
    for path, judge in (("eventSelectors", _plain), ("advancedEventSelectors", _advanced)):
        for selector in _items(trail.get(path)):
            answer = judge(selector, target) if isinstance(selector, Mapping) else _maybe(selector)
            # An ARN that is not known but comes from the bucket is the bucket's.
            derives = answer is UNKNOWN and bucket.urn in trail.sources.get(path, ())
            answers.append(True if derives else answer)
    return either(answers)


def _plain(selector: Mapping[str, Any], target: Any) -> Any:
    kind = selector.get("readWriteType")
    if kind not in (None, "", "All", UNKNOWN):
        return False
    answers = []
    for resource in _items(selector.get("dataResources")):
        what = resource.get("type") if isinstance(resource, Mapping) else resource
        if what == _OBJECT:
            answers.append(_begins(resource.get("values"), target))
        else:
            answers.append(_maybe(what))
    found = either(answers)
    return UNKNOWN if found is True and kind is UNKNOWN else found


def _advanced(selector: Mapping[str, Any], target: Any) -> Any:
    conditions = _items(selector.get("fieldSelectors"))
    if UNKNOWN in conditions or any(UNKNOWN in one.values() for one in conditions if isinstance(one, Mapping)):
        return UNKNOWN
    fields = {str(one.get("field")): one for one in conditions if isinstance(one, Mapping)}
    # Any further field, such as `readOnly`, leaves events out.
    if not fields.keys() <= {*_FIELDS, _ARN}:
        return False
    for name, wanted in _FIELDS.items():
        if (values := _items(fields.get(name, {}).get("equals"))) != wanted:
            return UNKNOWN if UNKNOWN in values else False
    arn = fields.get(_ARN, {})
    operators = {name for name, value in arn.items() if value and name != "field"}
    if operators == {"notStartsWiths"}:
        left_out = _begins(arn["notStartsWiths"], target)
        return UNKNOWN if left_out is UNKNOWN else not left_out
    return _begins(arn["startsWiths"], target) if operators == {"startsWiths"} else not operators


def _begins(prefixes: Any, target: Any) -> Any:
    """Whether every object's ARN begins with one of some prefixes; `arn:aws:s3` stands for all buckets."""
    found = _items(prefixes)
    rests = [prefix.partition(":::")[2] for prefix in found if isinstance(prefix, str)]
    if "" in rests or any(target is not UNKNOWN and target.startswith(rest) for rest in rests):
        return True
    return UNKNOWN if UNKNOWN in found or (found and target is UNKNOWN) else False


def _maybe(value: Any) -> Any:
    return UNKNOWN if value is UNKNOWN else False


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [UNKNOWN] if value is UNKNOWN else []
