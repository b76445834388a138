"""EKS-11: a role for pods is for the pods of one service account."""

import re

from policies._controls import cis_7, cis_eks, nist
from policies._documents import Statement, judge_document
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, not_applicable
from policies._view import Resource, Stack
from policies.profiles import Severity

_DOCUMENT = "assumeRolePolicy"
_ISSUER = re.compile(r":oidc-provider/(oidc\.eks\.[^/]+/id/.+)$")
_AGENT = "pods.eks.amazonaws.com"
_REQUEST_TAGS = ("aws:requesttag/kubernetes-namespace", "aws:requesttag/kubernetes-service-account")


def _check(role: Resource, stack: Stack) -> Verdict:
    def judge(statements: list[Statement]) -> Verdict:
        for_pods = [(number, one) for number, one in enumerate(statements, 1) if one.allows and _keys(one)]
        wide = [str(number) for number, one in for_pods if not all(_is_exact(one, key) for key in _keys(one))]
        if wide:
            return fail(f"{at(role, _DOCUMENT)} is not for one service account: statement {', '.join(wide)}")
        return PASS if for_pods else not_applicable("no pod may assume it")

    return judge_document(role, _DOCUMENT, judge)


def _keys(statement: Statement) -> tuple[str, ...]:
    """The conditions by which a statement that lets pods in names one service account; none if it does not let any."""
    for principal in statement.principals:
        if issuer := _ISSUER.search(principal):
            return f"{issuer[1]}:sub".lower(), f"{issuer[1]}:aud".lower()
        if principal == _AGENT:
            return _REQUEST_TAGS
    return ()


def _is_exact(statement: Statement, key: str) -> bool:
    found = [one for one in statement.conditions if one.key == key and one.operator == "stringequals"]
    values = [value for one in found for value in one.values]
    return bool(values) and not any("*" in value or "?" in value for value in values)


RULE = Rule(
    id="EKS-11",
    name="role-for-any-service-account",
    title="A role that pods may assume names their namespace and service account, and the audience of their tokens.",
    why="Without `sub` every pod of the cluster may take the role, with a wildcard in it every pod whose name fits; "
    "whoever may make a pod then has the rights of all workloads.",
    instead="Add a condition `StringEquals` on `<issuer>:sub` and `<issuer>:aud`, for Pod Identity on "
    "`aws:RequestTag/kubernetes-namespace` and `aws:RequestTag/kubernetes-service-account`. `WorkloadIdentity` has "
    "both.",
    severity=Severity.CRITICAL,
    types=("aws:iam/role:Role",),
    controls=(*cis_eks("5.2.1"), *cis_7("2.21"), *nist("AC-6")),
    check=_check,
    good="""
issuer = "oidc.eks.eu-central-1.amazonaws.com/id/1"
exact = {f"{issuer}:sub": "system:serviceaccount:vision:trainer", f"{issuer}:aud": "sts.amazonaws.com"}
statement = {
    "Effect": "Allow",
    "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringEquals": exact},
}
aws.iam.Role("trainer", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
""",
    bad="""
issuer = "oidc.eks.eu-central-1.amazonaws.com/id/1"
statement = {
    "Effect": "Allow",
    "Principal": {"Federated": f"arn:aws:iam::111122223333:oidc-provider/{issuer}"},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {"StringLike": {f"{issuer}:sub": "system:serviceaccount:*:trainer"}},
}
aws.iam.Role("trainer", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
""",
)
