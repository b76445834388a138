import json

from policies._verdict import Outcome
from policies.secrets.secret_open_to_its_account import RULE
from tests.policies.world import judged, made

SECRET = made("aws:secretsmanager/secret:Secret", "token", {"arn": "arn:token"})
DENIED = ("GetSecretValue", "PutSecretValue", "PutResourcePolicy")


def verdict(secure: str) -> tuple[Outcome, str]:
    """The verdict on a policy that refuses requests whose `aws:SecureTransport` is this."""
    everyone = {"Effect": "Deny", "Principal": "*", "Resource": "*"}
    but = {"ArnNotLike": {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/trainer"]}}
    statements = [{**everyone, "Action": f"secretsmanager:{action}", "Condition": but} for action in DENIED]
    statements.append(
        {**everyone, "Action": "secretsmanager:*", "Condition": {"Bool": {"aws:SecureTransport": secure}}}
    )
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    beside = {"secretArn": "arn:token", "policy": policy}
    return judged(RULE, SECRET, made("aws:secretsmanager/secretPolicy:SecretPolicy", "token", beside))


def test_what_is_refused_is_plain_http_and_not_tls() -> None:
    assert verdict("false") == (Outcome.PASS, "")
    assert verdict("true") == (Outcome.FAIL, "`policy` of token does not deny requests without TLS")
