import json
from typing import Any

import pytest

from policies._verdict import Outcome
from policies.eks.role_for_any_service_account import RULE
from tests.policies.world import judged, made

ISSUER = "oidc.eks.eu-central-1.amazonaws.com/id/1"
ACCOUNT = {f"{ISSUER}:sub": "system:serviceaccount:vision:trainer"}
AUDIENCE = {f"{ISSUER}:aud": "sts.amazonaws.com"}
TAGS = {f"aws:RequestTag/kubernetes-{one}": "vision" for one in ("namespace", "service-account")}


def by_token(**condition: Any) -> dict[str, Any]:
    provider = {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"}
    action = "sts:AssumeRoleWithWebIdentity"
    return {"Effect": "Allow", "Principal": provider, "Action": action, "Condition": condition}


def by_service(service: str, **condition: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole", "Condition": condition}


@pytest.mark.parametrize(
    ("statements", "outcome"),
    [
        pytest.param([by_token(StringEquals=ACCOUNT | AUDIENCE)], Outcome.PASS, id="one account"),
        pytest.param([by_token(StringEquals=ACCOUNT)], Outcome.FAIL, id="no audience"),
        pytest.param([by_token(StringEquals=AUDIENCE)], Outcome.FAIL, id="no account"),
        pytest.param([by_token(StringLike=ACCOUNT, StringEquals=AUDIENCE)], Outcome.FAIL, id="like"),
        pytest.param([by_token(StringEqualsIfExists=ACCOUNT | AUDIENCE)], Outcome.FAIL, id="if it exists"),
        pytest.param(
            [by_token(StringEquals={**AUDIENCE, f"{ISSUER}:sub": ["system:serviceaccount:a:b", "*"]})],
            Outcome.FAIL,
            id="or any",
        ),
        pytest.param(
            [by_token(StringEquals={f"{ISSUER[:-1]}2:{end}": "x" for end in ("sub", "aud")})],
            Outcome.FAIL,
            id="another issuer's",
        ),
        pytest.param([by_service("pods.eks.amazonaws.com", StringEquals=TAGS)], Outcome.PASS, id="Pod Identity"),
        pytest.param([by_service("pods.eks.amazonaws.com")], Outcome.FAIL, id="Pod Identity of any account"),
        pytest.param([by_service("ec2.amazonaws.com")], Outcome.NOT_APPLICABLE, id="a service"),
        pytest.param([by_service("ec2.amazonaws.com"), by_token(StringEquals=AUDIENCE)], Outcome.FAIL, id="one of two"),
        pytest.param([{**by_token(), "Effect": "Deny"}], Outcome.NOT_APPLICABLE, id="a refusal"),
    ],
)
def test_trust(statements: list[dict[str, Any]], outcome: Outcome) -> None:
    role = made("aws:iam/role:Role", "role", {"assumeRolePolicy": json.dumps({"Statement": statements})})
    assert judged(RULE, role)[0] is outcome
