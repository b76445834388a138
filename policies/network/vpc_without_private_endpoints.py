"""NET-04: what the platform asks of AWS does not cross the internet."""

from policies._controls import cis_7, iso_42001, nist
from policies._documents import Statement, judge_document
from policies._joins import members
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown, worst
from policies._view import UNKNOWN, Resource, Stack
from policies.profiles import Severity

_ENDPOINT = ("aws:ec2/vpcEndpoint:VpcEndpoint",)


def _check(vpc: Resource, stack: Stack) -> Verdict:
    found = members(vpc, stack, _ENDPOINT, by="vpcId")
    if found is None:
        return unknown("the VPC of every VpcEndpoint")
    services = {_service(endpoint) for endpoint in found}
    missing = [service for service in stack.profile.private_endpoints if service not in services]
    if missing and "" in services:
        return unknown(f"the service of every VpcEndpoint of {vpc.name}")
    if missing:
        return fail(f"{vpc.name} has no VpcEndpoint of {', '.join(missing)}")
    return worst(map(_narrow, found))


def _service(endpoint: Resource) -> str:
    """The part of its name after `com.amazonaws.<region>.`; empty if that is not known."""
    name = endpoint.get("serviceName")
    return "" if name is UNKNOWN else str(name).split(".", 3)[-1]


def _narrow(endpoint: Resource) -> Verdict:
    def judge(statements: list[Statement]) -> Verdict:
        anything = any(
            statement.allows and statement.open_to_all and not statement.conditions and "*" in statement.resources
            for statement in statements
        )
        return fail(f"{at(endpoint, 'policy')} lets everybody do everything", "policy") if anything else PASS

    return judge_document(endpoint, "policy", judge)


RULE = Rule(
    id="NET-04",
    name="vpc-without-private-endpoints",
    title="A VPC reaches the AWS services of the platform by endpoints, with the credentials of its own alone.",
    why="Without endpoints data leaves by a NAT gateway, which costs by the gigabyte and reaches everything; through "
    "an endpoint without a policy a stolen pod copies the models into an account of its owner.",
    instead="Add a `VpcEndpoint` for each service of `private_endpoints`, each with a `policy` that names principals "
    "or resources, or has a condition on `aws:PrincipalAccount`. That of S3 also allows all principals to read the "
    "buckets of AWS with the layers of ECR's images and the packages of nodes: such requests are not signed by a "
    "principal of the account. `Network` does.",
    severity=Severity.HIGH,
    types=("aws:ec2/vpc:Vpc",),
    controls=(*cis_7("6.8"), *nist("SC-7"), *iso_42001("A.4.5")),
    check=_check,
    good="""
vpc = aws.ec2.Vpc("ml", cidr_block="10.0.0.0/16")
own = {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": own}
buckets = ("prod-eu-central-1-starport-layer-bucket", "al2023-repos-eu-central-1-de612dc2")
layers = {"Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::{bucket}/*" for bucket in buckets]}
policy, images = (
    json.dumps({"Version": "2012-10-17", "Statement": statements})
    for statements in ([statement], [statement, {"Effect": "Allow", "Principal": "*", **layers}])
)
aws.ec2.VpcEndpoint("s3", vpc_id=vpc.id, service_name="com.amazonaws.eu-central-1.s3", policy=images)
for service in ("ecr.api", "ecr.dkr", "sts", "kms", "logs", "secretsmanager"):
    name = f"com.amazonaws.eu-central-1.{service}"
    aws.ec2.VpcEndpoint(service, vpc_id=vpc.id, vpc_endpoint_type="Interface", service_name=name, policy=policy)
""",
    bad="""
vpc = aws.ec2.Vpc("ml", cidr_block="10.0.0.0/16")
aws.ec2.VpcEndpoint("s3", vpc_id=vpc.id, service_name="com.amazonaws.eu-central-1.s3")
""",
    joins=True,
    parameters=("private_endpoints",),
)
