"""IAM-03: people and pipelines sign in elsewhere and get an hour; nobody has a key for ever."""

from policies._controls import cis_7, nist
from policies._documents import Condition, Statement, judge_document
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail
from policies._view import Resource, Stack
from policies.profiles import Severity

_ROLE = "aws:iam/role:Role"
_OF_A_CLUSTER = "oidc.eks."
_EXACT = ("stringequals", "foranyvalue:stringequals")


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.type != _ROLE:
        kind = resource.type.rpartition(":")[2]
        return fail(f"{resource.name} is a {kind}, an identity without an end")

    def judge(statements: list[Statement]) -> Verdict:
        numbers = [str(number) for number, one in enumerate(statements, 1) if _is_loose(one)]
        where = at(resource, "assumeRolePolicy")
        message = f"{where} names no exact `sub` and `aud` of an OIDC issuer: statement {', '.join(numbers)}"
        return fail(message, "assumeRolePolicy") if numbers else PASS

    return judge_document(resource, "assumeRolePolicy", judge)


def _is_loose(statement: Statement) -> bool:
    """Whether it lets tokens of an issuer in, other than a cluster's, without saying exactly whose."""
    issuers = [name.partition(":oidc-provider/")[2] for name in statement.principals if ":oidc-provider/" in name]
    return statement.allows and any(
        not _names_exactly(statement, f"{issuer.lower()}:{claim}")
        for issuer in issuers
        if not issuer.startswith(_OF_A_CLUSTER)
        for claim in ("sub", "aud")
    )


def _names_exactly(statement: Statement, key: str) -> bool:
    return any(_is_exact(condition, key) for condition in statement.conditions)


def _is_exact(condition: Condition, key: str) -> bool:
    fixed = not any({"*", "?"} & set(value) for value in condition.values) and len(condition.values) > 0
    return condition.key == key and condition.operator in _EXACT and fixed


RULE = Rule(
    id="IAM-03",
    name="long-lived-identity",
    title="There are no IAM users or access keys, and pipelines sign in by OIDC with their exact name.",
    why="Access keys end up in laptops, images and logs and work from anywhere until somebody thinks of them. A trust "
    "in all subjects of a public issuer lets in everyone's pipelines.",
    instead="Let people sign in by IAM Identity Center, pods by Pod Identity and pipelines by OIDC, with "
    "`StringEquals` on the issuer's `sub` and `aud`.",
    severity=Severity.HIGH,
    types=("aws:iam/user:User", "aws:iam/accessKey:AccessKey", "aws:iam/userLoginProfile:UserLoginProfile", _ROLE),
    controls=(*cis_7("2.12", "2.19"), *nist("IA-2", "IA-5")),
    check=_check,
    good="""
issuer = "token.actions.githubusercontent.com"
trust = {
    "Effect": "Allow",
    "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": "repo:example/ml-platform:environment:prod",
        }
    },
}
aws.iam.Role("deploy", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
""",
    bad="""
user = aws.iam.User("deploy")
aws.iam.AccessKey("deploy", user=user.name)
""",
)
