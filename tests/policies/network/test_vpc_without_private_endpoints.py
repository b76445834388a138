import json
from typing import Any

import pytest

from components._endpoints import AWS_BUCKETS
from policies._verdict import Outcome
from policies._view import UNKNOWN, Resource
from policies.network.vpc_without_private_endpoints import RULE
from tests.components.iam import decide
from tests.policies.examples import seen
from tests.policies.world import judged, made

VPC = made("aws:ec2/vpc:Vpc", "ml", {"id": "vpc-1"})
SERVICES = ("ecr.api", "ecr.dkr", "sts", "kms", "logs", "secretsmanager")
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
BUCKET = {**ANYBODY, "Resource": "arn:aws:s3:::own/*"}
OWN = {**ANYBODY, "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}}


def endpoint(service: Any, *statements: dict[str, Any]) -> Resource:
    name = service if service is UNKNOWN else f"com.amazonaws.eu-central-1.{service}"
    policy = json.dumps({"Statement": list(statements)}) if statements else None
    token = "aws:ec2/vpcEndpoint:VpcEndpoint"
    return made(token, str(service), {"vpcId": "vpc-1", "serviceName": name, "policy": policy})


OTHERS = [endpoint(service, OWN) for service in SERVICES]


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        pytest.param([endpoint("s3", OWN), *OTHERS], Outcome.PASS, id="all, to S3 as oneself alone"),
        pytest.param([endpoint("s3", ANYBODY), *OTHERS], Outcome.FAIL, id="to S3 as anybody"),
        pytest.param(
            [endpoint("s3", {**ANYBODY, "Resource": "arn:aws:s3:::own/*"}), *OTHERS], Outcome.PASS, id="buckets"
        ),
        pytest.param([endpoint("s3"), *OTHERS], Outcome.FAIL, id="no policy"),
        pytest.param([endpoint("s3", OWN), *OTHERS, endpoint("sqs", ANYBODY)], Outcome.FAIL, id="to SQS as anybody"),
        pytest.param([endpoint("s3", OWN), *OTHERS, endpoint("sqs")], Outcome.FAIL, id="to SQS without a policy"),
        pytest.param([endpoint("s3", OWN), *OTHERS, endpoint("sqs", OWN)], Outcome.PASS, id="to SQS as oneself alone"),
        pytest.param([endpoint("s3", OWN), *OTHERS[1:]], Outcome.FAIL, id="one is missing"),
        pytest.param([endpoint("s3", OWN), *OTHERS[1:], endpoint(UNKNOWN, OWN)], Outcome.UNKNOWN, id="one may be any"),
    ],
)
def test_endpoints(found: list[Resource], outcome: Outcome) -> None:
    assert judged(RULE, VPC, *found)[0] is outcome


def test_an_environment_names_what_it_wants() -> None:
    found = [endpoint("s3", OWN), *OTHERS[:3]]
    assert judged(RULE, VPC, *found, stack="local")[0] is Outcome.PASS
    assert judged(RULE, VPC, *found) == (Outcome.FAIL, "ml has no VpcEndpoint of kms, logs, secretsmanager")


@pytest.mark.parametrize("bucket", [name for name in AWS_BUCKETS if "starport" in name or "al2023" in name])
def test_the_example_lets_nodes_read_layers_of_images_and_packages(bucket: str) -> None:
    """These requests have no credentials of the account."""
    (endpoint,) = (one for one in seen(RULE.good).resources if str(one.get("serviceName")).endswith(".s3"))
    statements = json.loads(endpoint.get("policy"))["Statement"]
    layer = f"arn:aws:s3:::{bucket.format(region='eu-central-1')}/layer"
    assert decide(statements, "s3:GetObject", layer) == "Allow"
    assert decide(statements, "s3:GetObject", "arn:aws:s3:::of-others/layer") == "no"
