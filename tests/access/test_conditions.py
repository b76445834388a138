"""Conditions, by the examples of IAM User Guide, "Condition operators", and of the pages that it names."""

from typing import Any

import pytest

from tests.access.asking import ask, document, statement

CREATED = "aws:TokenIssueTime"


def holds(operator: str, key: str, values: Any, sent: dict[str, Any]) -> bool:
    return ask(context=sent, identity=document(statement(Condition={operator: {key: values}}))).allowed


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "answer"),
    [
        ("StringEquals", "Finance", "Finance", True),
        ("StringEquals", "Finance", "finance", False),
        ("StringEquals", "F*", "Finance", False),  # no wildcards
        ("StringEquals", ["HR", "Finance"], "Finance", True),  # values are joined by or
        ("StringNotEquals", ["HR", "Finance"], "Finance", False),  # and by nor under a negated operator
        ("StringNotEquals", ["HR", "Finance"], "Audit", True),
        ("StringEqualsIgnoreCase", "finance", "FINANCE", True),
        ("StringNotEqualsIgnoreCase", "finance", "FINANCE", False),
        ("StringLike", "Fin?nce*", "Finance/2026", True),
        ("StringLike", "fin*", "Finance", False),
        ("StringNotLike", "Fin*", "Finance", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", 10, 11, True),
        ("NumericLessThan", "1.2", "1.1", True),
        ("NumericLessThanEquals", "10", 10, True),
        ("NumericGreaterThan", "10", 10, False),
        ("NumericGreaterThanEquals", "10", "ten", False),
        ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
        ("DateNotEquals", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", True),
        ("DateLessThan", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", True),
        ("DateLessThanEquals", "2026-01-01", "2026-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+02:00", False),
        ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", True),
        ("Bool", True, "true", True),
        ("Bool", "false", True, False),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
        ("IpAddress", ["203.0.113.0/24", "2001:db8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
        ("ArnEquals", "arn:aws:sns:*:123456789012:top?c", "arn:aws:sns:us-east-1:123456789012:topic", True),
        ("ArnLike", "arn:aws:sns:*:123456789012:topic", "arn:aws:sns:a:b:123456789012:topic", False),  # part by part
        ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::123456789012:role/a/b", True),
        ("ArnNotEquals", "arn:aws:s3:::b", "arn:aws:s3:::b", False),
        ("ArnNotLike", "arn:aws:s3:::b*", "arn:aws:s3:::c", True),
    ],
)
def test_operators(operator: str, wanted: Any, value: Any, answer: bool) -> None:
    assert holds(operator, "aws:Some/Key", wanted, {"AWS:some/key": value}) is answer


@pytest.mark.parametrize(
    ("operator", "answer"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),  # "If the right key is not present, the condition is true"
        ("StringEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("Bool", False),
        ("ArnNotLike", True),
        ("NumericLessThanIfExists", True),
    ],
)
@pytest.mark.parametrize("sent", [{}, {"aws:Key": []}, {"aws:Key": ""}])
def test_a_key_that_is_not_sent(operator: str, answer: bool, sent: dict[str, Any]) -> None:
    assert holds(operator, "aws:Key", "1", sent) is answer


def test_null_asks_whether_a_key_is_sent() -> None:
    """Its example: temporary credentials have `aws:TokenIssueTime`, and the keys of a user do not."""
    assert holds("Null", CREATED, "true", {})
    assert not holds("Null", CREATED, "true", {CREATED: "2026-01-01T00:00:00Z"})
    assert holds("Null", CREATED, False, {CREATED: "2026-01-01T00:00:00Z"})
    assert not holds("Null", CREATED, "false", {CREATED: []})


@pytest.mark.parametrize(
    ("operator", "wanted", "sent", "answer"),
    [
        # "Multivalued context keys", the tags of a request: every value of it, or any value of it.
        ("ForAllValues:StringEquals", ["environment", "costCenter"], ["environment"], True),
        ("ForAllValues:StringEquals", ["environment", "costCenter"], ["environment", "owner"], False),
        ("ForAllValues:StringLike", ["key1*"], ["key1", "key12"], True),
        ("ForAnyValue:StringEquals", ["environment", "webserver"], ["environment", "owner"], True),
        ("ForAnyValue:StringEquals", ["environment", "webserver"], ["owner"], False),
        ("ForAllValues:StringNotEquals", ["secret", "hidden"], ["public", "open"], True),
        ("ForAllValues:StringNotEquals", ["secret", "hidden"], ["public", "secret"], False),
        ("ForAnyValue:StringNotEquals", ["secret", "hidden"], ["public", "secret"], True),
        ("ForAnyValue:StringNotEquals", ["secret", "hidden"], ["hidden", "secret"], False),
        ("ForAllValues:ArnLike", ["arn:aws:iam::1:role/*"], ["arn:aws:iam::1:role/a", "arn:aws:iam::2:role/a"], False),
    ],
)
def test_several_values_of_a_key(operator: str, wanted: list[str], sent: list[str], answer: bool) -> None:
    assert holds(operator, "aws:TagKeys", wanted, {"aws:TagKeys": sent}) is answer


def test_keys_and_operators_of_a_statement_are_joined_by_and() -> None:
    """ "Conditions with multiple context keys or values"."""
    both = {
        "StringEquals": {"aws:PrincipalTag/a": "1", "aws:PrincipalTag/b": "2"},
        "Bool": {"aws:SecureTransport": True},
    }
    sent = {"aws:PrincipalTag/a": "1", "aws:PrincipalTag/b": "2", "aws:SecureTransport": True}
    policy = document(statement(Condition=both))
    assert ask(context=sent, identity=policy).allowed
    assert not any(ask(context={**sent, key: "0"}, identity=policy).allowed for key in sent)


@pytest.mark.parametrize(
    ("value", "sent", "answer"),
    [
        ("home/${aws:username}/*", {"aws:username": "david"}, True),
        ("home/${AWS:UserName}/*", {"aws:username": "david"}, True),
        ("home/${aws:username}/*", {"aws:username": "d*"}, False),  # what is put in has no wildcards
        ("home/${aws:username}/*", {}, False),  # nothing is like a variable without a value
        ("home/${aws:username, 'david'}/*", {}, True),
        ("home/${aws:username, 'david'}/*", {"aws:username": "ann"}, False),
        ("home/${aws:username}/*", {"aws:username": ["david", "ann"]}, False),  # no variable has several values
        ("home/${*}avid/*", {}, False),
        ("home/da${$}{*}*", {}, False),
    ],
)
def test_variables(value: str, sent: dict[str, Any], answer: bool) -> None:
    """IAM User Guide, "IAM policy elements: Variables and tags"."""
    request = {**sent, "s3:prefix": "home/david/may"}
    assert holds("StringLike", "s3:prefix", value, request) is answer
    assert holds("StringNotLike", "s3:prefix", value, request) is not answer
    resource = f"arn:aws:s3:::reports/{value}"
    policy = document(statement(Resource=resource))
    assert ask(resource="arn:aws:s3:::reports/home/david/may", context=sent, identity=policy).allowed is answer


def test_escaped_characters_stand_for_themselves() -> None:
    sent = {"s3:prefix": "a*b?c$d"}
    assert holds("StringLike", "s3:prefix", "a${*}b${?}c${$}d", sent)
    assert not holds("StringLike", "s3:prefix", "a${*}b", {"s3:prefix": "axxb"})


def test_documents_before_2012_have_no_variables() -> None:
    """IAM User Guide, "IAM JSON policy elements: Version"."""
    old = document(statement(Resource="arn:aws:s3:::${aws:username}"), version="2008-10-17")
    assert not ask(resource="arn:aws:s3:::david", context={"aws:username": "david"}, identity=old).allowed
    assert ask(resource="arn:aws:s3:::${aws:username}", identity=old).allowed
