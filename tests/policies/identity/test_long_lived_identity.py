from typing import Any

import pytest

from policies._verdict import Outcome
from policies.identity.long_lived_identity import RULE
from tests.policies.world import judged, made

PROVIDER = "arn:aws:iam::111122223333:oidc-provider/"
GITHUB, CLUSTER = "token.actions.githubusercontent.com", "oidc.eks.eu-central-1.amazonaws.com/id/1"


def role(issuer: str, operator: str, **claims: Any) -> Outcome:
    condition = {operator: {f"{issuer}:{claim}": value for claim, value in claims.items()}}
    statement = {"Effect": "Allow", "Principal": {"Federated": f"{PROVIDER}{issuer}"}, "Condition": condition}
    properties = {"assumeRolePolicy": {"Statement": [statement]}}
    return judged(RULE, made("aws:iam/role:Role", properties=properties))[0]


@pytest.mark.parametrize(
    ("operator", "claims", "outcome"),
    [
        ("StringEquals", {"sub": "repo:a/b:environment:prod", "aud": "sts.amazonaws.com"}, Outcome.PASS),
        ("StringEquals", {"sub": ["repo:a/b:ref:x", "repo:a/b:ref:y"], "aud": "sts.amazonaws.com"}, Outcome.PASS),
        ("StringLike", {"sub": "repo:a/*", "aud": "sts.amazonaws.com"}, Outcome.FAIL),
        ("StringEquals", {"sub": "repo:a/*", "aud": "sts.amazonaws.com"}, Outcome.FAIL),
        ("StringEquals", {"aud": "sts.amazonaws.com"}, Outcome.FAIL),
        ("StringEquals", {"sub": "repo:a/b:environment:prod"}, Outcome.FAIL),
        ("StringEqualsIfExists", {"sub": "x", "aud": "sts.amazonaws.com"}, Outcome.FAIL),
    ],
)
def test_pipelines_have_an_exact_name(operator: str, claims: dict[str, Any], outcome: Outcome) -> None:
    assert role(GITHUB, operator, **claims) is outcome


def test_the_claims_of_one_issuer_do_not_speak_for_another() -> None:
    condition = {"StringEquals": {f"other.example.com:{claim}": "x" for claim in ("sub", "aud")}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"{PROVIDER}{GITHUB}"},
        "Condition": condition,
    }
    properties = {"assumeRolePolicy": {"Statement": [statement]}}
    assert judged(RULE, made("aws:iam/role:Role", properties=properties))[0] is Outcome.FAIL


def test_a_clusters_issuer_is_judged_elsewhere() -> None:
    assert role(CLUSTER, "StringLike", sub="system:serviceaccount:*") is Outcome.PASS
