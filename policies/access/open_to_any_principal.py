"""S3-05: no policy lets everyone in."""

from policies._buckets import POLICY
from policies._controls import cis_7, nist, soc_2
from policies._documents import Condition, Statement, judge_document
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable
from policies._view import ABSENT, Resource, Stack
from policies.profiles import Severity

_ROLE = "aws:iam/role:Role"
_OPERATORS = {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"}
_KEYS = {
    "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths",
    "aws:sourcevpc", "aws:sourcevpce", "kms:calleraccount",
}  # fmt: skip
"""Conditions that name an organisation, an account, a network of it or something in it."""


def _check(resource: Resource, stack: Stack) -> Verdict:
    path = "assumeRolePolicy" if resource.type == _ROLE else "policy"
    if resource.type == "aws:kms/key:Key" and resource.get(path) is ABSENT:
        return not_applicable("a key without a policy belongs to its account")

    def judge(statements: list[Statement]) -> Verdict:
        numbers = [str(number) for number, found in enumerate(statements, 1) if _lets_anyone_in(found)]
        return fail(f"{at(resource, path)} lets anyone in: statement {', '.join(numbers)}") if numbers else PASS

    return judge_document(resource, path, judge)


def _lets_anyone_in(statement: Statement) -> bool:
    return statement.allows and statement.open_to_all and not any(map(_narrows, statement.conditions))


def _narrows(condition: Condition) -> bool:
    """An operator that ends in IfExists, or quantifies over all values, also holds for a request without the key."""
    operator = condition.operator.removeprefix("foranyvalue:")
    return operator in _OPERATORS and condition.key in _KEYS and all(map(_is_fixed, condition.values))


def _is_fixed(value: str) -> bool:
    """Whether a value names one thing, or at least one account: the fifth part of an ARN."""
    fifth = value.split(":")[4:5]
    return not {"*", "?"} & set(value) or any(map(str.isdigit, fifth))


RULE = Rule(
    id="S3-05",
    name="open-to-any-principal",
    title="No policy of a bucket, a key or a role lets in a principal that it does not name.",
    why="A wildcard principal is everyone who has an AWS account, and for a bucket everyone on the Internet.",
    instead="Name the principals, or add a condition on `aws:PrincipalOrgID`, `aws:SourceAccount`, `aws:SourceVpce` "
    "or the like, with an operator that fails where the key is missing.",
    severity=Severity.CRITICAL,
    types=(*POLICY, "aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy", _ROLE),
    controls=(*cis_7("2.21"), *nist("AC-3", "AC-6"), *soc_2("CC6.6")),
    check=_check,
    good="""
grant = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:GetObject"}
policy = {"Version": "2012-10-17", "Statement": [{**grant, "Resource": "arn:aws:s3:::models/*"}]}
aws.s3.BucketPolicy("models", bucket="models", policy=json.dumps(policy))
""",
    bad="""
grant = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
policy = {"Version": "2012-10-17", "Statement": [{**grant, "Resource": "arn:aws:s3:::models/*"}]}
aws.s3.BucketPolicy("models", bucket="models", policy=json.dumps(policy))
""",
)
