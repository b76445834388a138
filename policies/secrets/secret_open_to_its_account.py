"""SEC-03: a secret is read by those who are named, not by whoever has rights in the account."""

from policies._controls import nist, soc_2
from policies._documents import PLAIN_HTTP, Statement, judge_document
from policies._joins import Owner, judge_attached
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, at, fail, require_if_set, worst
from policies._view import Resource, Stack
from policies.profiles import Severity

_SECRET = Owner(("aws:secretsmanager/secret:Secret",), "secretArn", ("arn", "id"))
_POLICY = ("aws:secretsmanager/secretPolicy:SecretPolicy",)
_DENIED = ("getsecretvalue", "putsecretvalue", "putresourcepolicy")
"""What the policy refuses to everyone but a few: reading, writing, administration."""


def _check(secret: Resource, stack: Stack) -> Verdict:
    return judge_attached(secret, _SECRET, stack, _POLICY, _closed)


def _closed(policy: Resource) -> Verdict:
    def judge(statements: list[Statement]) -> Verdict:
        denials = [one for one in statements if not one.allows and one.open_to_all]
        plain = any(PLAIN_HTTP in denial.conditions for denial in denials)
        missing = [] if plain else ["requests without TLS"]
        missing += [action for action in _DENIED if not any(_denies(denial, action) for denial in denials)]
        return fail(f"{at(policy, 'policy')} does not deny {', '.join(missing)}", "policy") if missing else PASS

    blocked = require_if_set(policy, "blockPublicPolicy", lambda on: on is True, "true")
    return worst([judge_document(policy, "policy", judge), blocked])


def _denies(denial: Statement, action: str) -> bool:
    return PLAIN_HTTP not in denial.conditions and f"secretsmanager:{action}" in denial.actions


RULE = Rule(
    id="SEC-03",
    name="secret-open-to-its-account",
    title="A secret's policy refuses reading, writing and administration to all but a few, and what is not TLS.",
    why="Without it every identity in the account with a broad policy, such as an administrator's pipeline, reads the "
    "secret, and nobody sees from the secret who can.",
    instead="Add a `SecretPolicy` that denies `secretsmanager:GetSecretValue`, `PutSecretValue`, `PutResourcePolicy` "
    "to principal `*` except, by a condition on `aws:PrincipalArn`, who needs it; leave `blockPublicPolicy` on.",
    severity=Severity.MEDIUM,
    types=_SECRET.types,
    controls=(*nist("AC-3", "AC-6"), *soc_2("CC6.1", "CC6.3")),
    check=_check,
    good="""
secret = aws.secretsmanager.Secret("token")


def refusal(action: str, **condition: dict) -> dict:
    statement = {"Effect": "Deny", "Principal": "*", "Action": f"secretsmanager:{action}", "Resource": "*"}
    return {**statement, "Condition": condition}


readers = {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/trainer"]}
administrators = {"aws:PrincipalArn": ["arn:aws:iam::111122223333:role/administrator"]}
statements = [
    refusal("*", Bool={"aws:SecureTransport": "false"}),
    refusal("GetSecretValue", ArnNotLike=readers),
    refusal("PutSecretValue", ArnNotLike=administrators),
    refusal("PutResourcePolicy", ArnNotLike=administrators),
]
policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
aws.secretsmanager.SecretPolicy("token", secret_arn=secret.arn, policy=policy, block_public_policy=True)
""",
    bad="""
aws.secretsmanager.Secret("token")
""",
    joins=True,
    absent={Point.LIVE: "the audit of accounts may not read the policies of secrets"},
)
