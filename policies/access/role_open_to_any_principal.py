"""IAM-05: not everyone may become a role."""

from policies._controls import cis_7, nist, soc_2
from policies._principals import names_principals
from policies._rule import Rule
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(role: Resource, stack: Stack) -> Verdict:
    return names_principals(role, "assumeRolePolicy")


RULE = Rule(
    id="IAM-05",
    name="role-open-to-any-principal",
    title="No role trusts a principal that its trust policy does not name.",
    why="Everyone who has an AWS account may become such a role, and then do whatever the role may.",
    instead="Name the principals, or add a condition on `aws:PrincipalOrgID`, `aws:SourceAccount` or the like, with an "
    "operator that fails where the key is missing.",
    severity=Severity.CRITICAL,
    types=("aws:iam/role:Role",),
    controls=(*cis_7("2.21"), *nist("AC-3", "AC-6"), *soc_2("CC6.6")),
    check=_check,
    good="""
trust = {"Effect": "Allow", "Principal": {"Service": "batch.amazonaws.com"}, "Action": "sts:AssumeRole"}
trust["Condition"] = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
aws.iam.Role("batch", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
""",
    bad="""
trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
aws.iam.Role("batch", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
""",
)
