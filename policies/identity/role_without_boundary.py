"""IAM-04: every role has a ceiling."""

from policies._controls import nist
from policies._grants import POLICY, ROLE
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, not_applicable, require, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_BOUNDARY = "permissionsBoundary"


def _check(role: Resource, stack: Stack) -> Verdict:
    if not stack.profile.permissions_boundary:
        return not_applicable(f"{stack.profile.environment} demands no permissions boundary")
    if role.get(_BOUNDARY) is UNKNOWN:
        return PASS if role.comes_from(_BOUNDARY, [POLICY]) else unknown(at(role, _BOUNDARY))
    return require(role, _BOUNDARY, lambda arn: ":policy/" in arn, "the ARN of a policy")


RULE = Rule(
    id="IAM-04",
    name="role-without-boundary",
    title="A role has a permissions boundary.",
    why="A pipeline that makes roles can otherwise make one that may do more than itself, and so become anything.",
    instead="Set `permissionsBoundary` to the policy that the administrators of the account gave the pipeline.",
    severity=Severity.MEDIUM,
    types=(ROLE,),
    controls=nist("AC-6"),
    check=_check,
    good="""
trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
aws.iam.Role(
    "node",
    assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    permissions_boundary="arn:aws:iam::111122223333:policy/boundary",
)
""",
    bad="""
trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
aws.iam.Role("node", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
""",
    joins=True,
    parameters=("permissions_boundary",),
)
