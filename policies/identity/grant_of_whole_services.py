"""IAM-02: nobody is allowed all of a service everywhere."""

from policies._controls import nist
from policies._documents import Statement
from policies._grants import GRANTS, is_ceiling, judge_grants
from policies._rule import Rule
from policies._verdict import Verdict, not_applicable
from policies._view import Resource, Stack
from policies.profiles import Severity

_MUCH = ("PowerUserAccess", "FullAccess")


def _check(resource: Resource, stack: Stack) -> Verdict:
    if is_ceiling(resource, stack):
        return not_applicable("it is a permissions boundary, a ceiling over what other policies allow")
    return judge_grants(resource, _is_whole_service, lambda name: name.endswith(_MUCH), "a whole service")


def _is_whole_service(statement: Statement) -> bool:
    return "*" in statement.resources and any(action.endswith(":*") for action in statement.actions)


RULE = Rule(
    id="IAM-02",
    name="grant-of-whole-services",
    title="No policy allows all actions of a service on every resource.",
    why="`s3:*` on everything also deletes the audit logs, `kms:*` opens every key, `iam:*` makes an administrator. A "
    "training job that was taken over should reach its own data and no more.",
    instead="Name the actions that are used and the resources they are used on. A permissions boundary may allow whole "
    "services: it limits, and grants nothing by itself.",
    severity=Severity.HIGH,
    types=GRANTS,
    controls=nist("AC-6", "AC-6(10)"),
    check=_check,
    good="""
train = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::models/*"}
aws.iam.RolePolicy("trainer", role="trainer", policy=json.dumps({"Version": "2012-10-17", "Statement": [train]}))
""",
    bad="""
train = {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}
aws.iam.RolePolicy("trainer", role="trainer", policy=json.dumps({"Version": "2012-10-17", "Statement": [train]}))
""",
    joins=True,
)
