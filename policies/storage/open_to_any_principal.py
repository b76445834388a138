"""S3-05: no bucket lets everyone in."""

from policies._buckets import POLICY
from policies._controls import cis_7, nist, soc_2
from policies._principals import names_principals
from policies._rule import Rule
from policies._verdict import Verdict
from policies._view import Resource, Stack
from policies.profiles import Severity


def _check(policy: Resource, stack: Stack) -> Verdict:
    return names_principals(policy, "policy")


RULE = Rule(
    id="S3-05",
    name="open-to-any-principal",
    title="No policy of a bucket lets in a principal that it does not name.",
    why="A wildcard principal is everyone on the Internet, with or without an AWS account.",
    instead="Name the principals, or add a condition on `aws:PrincipalOrgID`, `aws:SourceAccount`, `aws:SourceVpce` "
    "or the like, with an operator that fails where the key is missing.",
    severity=Severity.CRITICAL,
    types=POLICY,
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
