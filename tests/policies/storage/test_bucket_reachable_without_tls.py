import json
from typing import Any

import pytest

from policies._verdict import Outcome
from policies._view import UNKNOWN
from policies.storage.bucket_reachable_without_tls import RULE
from tests.policies.world import BUCKET, beside, judged, made

DATA = made(BUCKET, "data")
DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def verdict(policy: Any) -> tuple[Outcome, str]:
    return judged(RULE, DATA, beside("aws:s3/bucketPolicy:BucketPolicy", {"policy": policy}, DATA))


def document(**changed: Any) -> str:
    allow = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "s3:GetObject", "Resource": "*"}
    return json.dumps({"Statement": [allow, {**DENY, **changed}]})


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="as documented by AWS"),
        pytest.param({"Principal": {"AWS": ["*"]}}, id="everyone, spelt out"),
        pytest.param({"Action": "*", "Resource": "*"}, id="everything"),
        pytest.param({"Condition": {"bool": {"aws:securetransport": False}}}, id="other spelling, JSON boolean"),
    ],
)
def test_passes(changed: dict[str, Any]) -> None:
    assert verdict(document(**changed)) == (Outcome.PASS, "")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"Effect": "Allow"}, id="allows instead"),
        pytest.param({"Principal": {"AWS": "123456789012"}}, id="one principal only"),
        pytest.param({"Action": "s3:GetObject"}, id="one action only"),
        pytest.param({"Resource": "arn:aws:s3:::data/*"}, id="objects only"),
        pytest.param({"Resource": "arn:aws:s3:::data"}, id="bucket only"),
        pytest.param({"NotAction": "s3:GetObject"}, id="all but one action"),
        pytest.param({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, id="denies TLS"),
        pytest.param(
            {"Condition": {**DENY["Condition"], "StringEquals": {"aws:PrincipalAccount": "1"}}}, id="for some only"
        ),
    ],
)
def test_fails_when_the_refusal_has_a_gap(changed: dict[str, Any]) -> None:
    outcome, message = verdict(document(**changed))
    assert outcome is Outcome.FAIL
    assert "aws:SecureTransport" in message


@pytest.mark.parametrize(
    ("policy", "reason"),
    [("{", "not JSON at line 1"), ('{"Statement": []}', "no `Statement`"), (None, "is not set")],
    ids=["malformed", "empty", "absent"],
)
def test_fails_when_there_is_nothing_to_read(policy: Any, reason: str) -> None:
    outcome, message = verdict(policy)
    assert outcome is Outcome.FAIL
    assert reason in message


def test_fails_without_a_policy() -> None:
    assert judged(RULE, DATA) == (Outcome.FAIL, "no BucketPolicy belongs to data")


def test_unknown_when_the_policy_is() -> None:
    outcome, message = verdict(UNKNOWN)
    assert outcome is Outcome.UNKNOWN
    assert "`policy` of data-BucketPolicy" in message
