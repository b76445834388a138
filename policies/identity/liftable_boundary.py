"""IAM-06: a permissions boundary cannot be lifted by those below it."""

from fnmatch import fnmatchcase

from policies._controls import nist, soc_2
from policies._documents import Statement, judge_document
from policies._grants import POLICY, is_ceiling
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable
from policies._view import Resource, Stack
from policies.profiles import Severity

DENIED = {
    "iam:createuser": "users, whom no boundary binds",
    "iam:createrole": "roles without the boundary",
    "iam:deleterolepermissionsboundary": "taking the boundary off a role",
    "iam:createpolicyversion": "changing the boundary itself",
    "organizations:*": "changing the account's place in its organization",
}
"""What a boundary has to deny, and what that would be."""
DENIED_IF_ALLOWED = {
    "eks:createaccessentry": "entering the clusters of others",
    "ssm:sendcommand": "running commands as the roles of machines",
}
"""What a boundary has to deny if it allows the service."""


def _check(policy: Resource, stack: Stack) -> Verdict:
    if not is_ceiling(policy, stack):
        return not_applicable("it is nobody's permissions boundary")

    def judge(statements: list[Statement]) -> Verdict:
        allowed, denied = (
            {action for one in statements if one.allows is allows for action in one.actions} for allows in (True, False)
        )
        reached = {
            action: what
            for action, what in DENIED_IF_ALLOWED.items()
            if any(fnmatchcase(action, pattern) for pattern in allowed)
        }
        missing = [what for action, what in {**DENIED, **reached}.items() if action not in denied]
        return fail(f"{at(policy, 'policy')} does not deny {', '.join(missing)}", "policy") if missing else PASS

    return judge_document(policy, "policy", judge)


RULE = Rule(
    id="IAM-06",
    name="liftable-boundary",
    title="A permissions boundary denies what would get around it: users, unbound roles, its removal and its change.",
    why="A pipeline that may make a role without the boundary, or a new version of it, is bound by nothing.",
    instead="Deny the actions that the finding names, in the policy that is used as a boundary.",
    severity=Severity.HIGH,
    types=(POLICY,),
    controls=(*nist("AC-6", "AC-6(2)"), *soc_2("CC6.3")),
    check=_check,
    good="""
escape = ["iam:CreateUser", "iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion", "organizations:*"]
unbound = {"StringNotEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111122223333:policy/boundary"}}
statements = [
    {"Effect": "Allow", "Action": ["s3:GetObject", "iam:CreateRole"], "Resource": "*"},
    {"Effect": "Deny", "Action": escape, "Resource": "*"},
    {"Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*", "Condition": unbound},
]
boundary = aws.iam.Policy("boundary", policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
aws.iam.Role(
    "node",
    assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    permissions_boundary=boundary.arn,
)
""",
    bad="""
statements = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]
boundary = aws.iam.Policy("boundary", policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
aws.iam.Role(
    "node",
    assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    permissions_boundary=boundary.arn,
)
""",
    joins=True,
    absent={Point.LIVE: "the account does not say which of its policies are meant as boundaries"},
)
