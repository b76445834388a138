import pytest

from policies._view import ABSENT, UNKNOWN, stack_of, type_of
from tests.policies.world import BUCKET, made

NESTED = made(
    BUCKET,
    properties={"rules": [{"on": False, "key": UNKNOWN, "none": None, "empty": ""}], "all": UNKNOWN, "text": "rules"},
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("rules[0].on", False),
        ("rules[0].key", UNKNOWN),
        ("all.rules[0].key", UNKNOWN),
        ("rules[0].none", ABSENT),
        ("rules[0].empty", ABSENT),
        ("rules[1].on", ABSENT),
        ("rules.on", ABSENT),
        ("missing.rules[0]", ABSENT),
        ("text.rules", ABSENT),
    ],
)
def test_values_are_known_absent_or_unknown_at_any_depth(path: str, value: object) -> None:
    assert NESTED.get(path) is value


@pytest.mark.parametrize("value", [ABSENT, UNKNOWN])
def test_a_missing_value_cannot_be_taken_for_true_or_false(value: object) -> None:
    with pytest.raises(TypeError, match="compare with `is`"):
        bool(value)


def test_urns_are_read_with_parents_and_colons_in_names() -> None:
    urn = "urn:pulumi:dev::ml-platform::ml-platform:index:Store$aws:s3/bucket:Bucket::a::b"
    assert (stack_of(urn), type_of(urn), made(BUCKET, "a::b").name) == ("dev", BUCKET, "a::b")
