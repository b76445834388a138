import json
from typing import Any

import pytest

from policies._rule import Rule
from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.access import role_open_to_any_principal
from policies.keys import key_open_to_any_principal
from policies.storage import open_to_any_principal
from tests.policies.world import KEY, judged, made

POLICY, ROLE = "aws:s3/bucketPolicy:BucketPolicy", "aws:iam/role:Role"
BUCKET_RULE, KEY_RULE = open_to_any_principal.RULE, key_open_to_any_principal.RULE
ROLE_RULE = role_open_to_any_principal.RULE
PLACES = [
    (BUCKET_RULE, POLICY, "policy"),
    (KEY_RULE, KEY, "policy"),
    (KEY_RULE, "aws:kms/keyPolicy:KeyPolicy", "policy"),
    (ROLE_RULE, ROLE, "assumeRolePolicy"),
]
ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}


def statement(principal: Any = "*", condition: Any = None, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Principal": principal, "Action": "*", "Resource": "*", "Condition": condition or {}}


def verdict(
    *statements: dict[str, Any], rule: Rule = BUCKET_RULE, token: str = POLICY, path: str = "policy"
) -> tuple[Outcome, str]:
    return judged(rule, made(token, "subject", {path: json.dumps({"Statement": statements})}))


@pytest.mark.parametrize(("rule", "token", "path"), PLACES)
def test_judges_every_kind_of_policy(rule: Rule, token: str, path: str) -> None:
    named = statement({"AWS": "arn:aws:iam::123456789012:root"})
    assert verdict(named, rule=rule, token=token, path=path) == (Outcome.PASS, "")
    outcome, message = verdict(named, statement(), rule=rule, token=token, path=path)
    assert outcome is Outcome.FAIL
    assert message == f"`{path}` of subject lets anyone in: statement 2"


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": ["123456789012", "*"]}, {"Federated": "*"}], ids=json.dumps
)
def test_fails_for_every_spelling_of_anyone(principal: Any) -> None:
    assert verdict(statement(principal))[0] is Outcome.FAIL


def test_fails_for_everyone_but_one() -> None:
    everyone_but = {"Effect": "Allow", "NotPrincipal": {"AWS": "123456789012"}, "Action": "*", "Resource": "*"}
    assert verdict(everyone_but)[0] is Outcome.FAIL


@pytest.mark.parametrize(
    "condition",
    [
        ORGANISATION,
        {"stringequals": {"AWS:principalorgid": ["o-1", "o-2"]}},
        {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"StringEquals": {"kms:CallerAccount": "123456789012"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-1/ou-1/"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/ml-*"}},
        {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::data"}},
        {**ORGANISATION, "Bool": {"aws:SecureTransport": "true"}},
    ],
    ids=json.dumps,
)
def test_passes_when_a_condition_names_who(condition: Any) -> None:
    assert verdict(statement(condition=condition)) == (Outcome.PASS, "")


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringEquals": {"aws:SourceAccount": ["123456789012", "*"]}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ml"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"StringEquals": {"aws:UserAgent": "me"}},
    ],
    ids=json.dumps,
)
def test_fails_when_a_condition_leaves_it_open(condition: Any) -> None:
    assert verdict(statement(condition=condition))[0] is Outcome.FAIL


def test_passes_for_a_denial_of_anyone_and_for_services() -> None:
    service = statement({"Service": "cloudtrail.amazonaws.com"})
    assert verdict(statement(effect="Deny"), service) == (Outcome.PASS, "")


def test_not_applicable_to_a_key_that_keeps_the_default_policy() -> None:
    assert judged(KEY_RULE, made(KEY))[0] is Outcome.NOT_APPLICABLE
    assert judged(ROLE_RULE, made(ROLE))[0] is Outcome.FAIL


def test_fails_for_a_document_that_cannot_be_read_without_quoting_it() -> None:
    outcome, message = judged(BUCKET_RULE, made(POLICY, "subject", {"policy": "hunter2"}))
    assert outcome is Outcome.FAIL
    assert "is no policy document: not JSON" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "document", [UNKNOWN, {"Statement": [statement({"AWS": UNKNOWN})]}, {"Statement": UNKNOWN}], ids=str
)
def test_unknown_when_any_of_it_is(document: Any) -> None:
    outcome, message = judged(ROLE_RULE, made(ROLE, "role", {"assumeRolePolicy": document}))
    assert outcome is Outcome.UNKNOWN
    assert "`assumeRolePolicy` of role" in message
