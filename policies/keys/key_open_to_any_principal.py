"""KMS-02: no key lets everyone in."""

from policies._controls import cis_7, nist
from policies._keys import KEY
from policies._principals import names_principals
from policies._rule import Rule
from policies._verdict import Verdict, not_applicable
from policies._view import ABSENT, Resource, Stack
from policies.profiles import Severity


def _check(resource: Resource, stack: Stack) -> Verdict:
    if resource.type in KEY and resource.get("policy") is ABSENT:
        return not_applicable("a key without a policy belongs to its account")
    return names_principals(resource, "policy")


RULE = Rule(
    id="KMS-02",
    name="key-open-to-any-principal",
    title="No policy of a key lets in a principal that it does not name.",
    why="A wildcard principal is everyone who has an AWS account: whoever comes by the ciphertext can read it.",
    instead="Name the principals, or add a condition on `kms:CallerAccount`, `aws:PrincipalOrgID` or the like, with an "
    "operator that fails where the key is missing. `kms:ViaService` alone names nobody.",
    severity=Severity.CRITICAL,
    types=(*KEY, "aws:kms/keyPolicy:KeyPolicy"),
    controls=(*cis_7("2.21"), *nist("AC-3", "AC-6")),
    check=_check,
    good="""
grant = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}
policy = {"Version": "2012-10-17", "Statement": [grant]}
aws.kms.Key("models", policy=json.dumps(policy))
""",
    bad="""
grant = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
grant["Condition"] = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}
policy = {"Version": "2012-10-17", "Statement": [grant]}
aws.kms.Key("models", policy=json.dumps(policy))
""",
)
