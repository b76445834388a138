"""IAM-01: nobody is allowed everything."""

from policies._controls import cis_4, cis_7, nist, soc_2
from policies._documents import Statement
from policies._grants import GRANTS, judge_grants
from policies._rule import Rule
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(resource: Resource, stack: Stack) -> Verdict:
    return judge_grants(resource, _is_everything, lambda name: name == "AdministratorAccess", "every action")


def _is_everything(statement: Statement) -> bool:
    """Everything, or all but a few things, on everything; conditions limit when, not what."""
    actions = "*" in statement.actions or "*:*" in statement.actions or "NotAction" in statement.negated
    return actions and ("*" in statement.resources or "NotResource" in statement.negated)


RULE = Rule(
    id="IAM-01",
    name="grant-of-everything",
    title="No policy allows every action on every resource.",
    why="Whoever gets hold of such a role owns the account: data, keys, logs and the policies themselves.",
    instead="Name actions and resources. For deployments take a role below a permissions boundary; people become "
    "administrators for an hour, by way of IAM Identity Center.",
    severity=Severity.CRITICAL,
    types=GRANTS,
    controls=(*cis_4("1.16"), *cis_7("2.14"), *nist("AC-6", "AC-6(2)"), *soc_2("CC6.3")),
    check=_check,
    good="""
read = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::models/*"}
policy = aws.iam.Policy("reader", policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))
aws.iam.RolePolicyAttachment("reader", role="reader", policy_arn=policy.arn)
""",
    bad="""
everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
aws.iam.Policy("reader", policy=json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
""",
    joins=True,
)
