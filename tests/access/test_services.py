"""Names of endpoints against the services that AWS itself describes, as moto has recorded them."""

from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from moto import mock_aws

from access.reach import edges
from access.reach.services import endpoint_of
from access.reach.ways import ENDPOINT
from tests.access.plans import plan_of

ENVIRONMENT = "prod"
"""It has every endpoint and service that the other environments have, and more."""
REGION = "eu-central-1"
WITHOUT = {"acm", "arc-zonal-shift", "cognito-idp", "tagging", "wafv2"}
"""Services for which the record has no endpoint; their requests leave through the NAT gateway."""


@pytest.fixture(scope="module")
def services() -> Mapping[tuple[str, str], Any]:
    """What `ec2 describe-vpc-endpoint-services` answered in the region: name and type to details."""
    with mock_aws():
        client = boto3.client("ec2", REGION, aws_access_key_id="a", aws_secret_access_key="b")
        found = client.describe_vpc_endpoint_services()["ServiceDetails"]
    return {(one["ServiceName"], kind["ServiceType"]): one for one in found for kind in one["ServiceType"]}


def test_every_endpoint_is_one_that_aws_has_and_takes_a_policy(services: Mapping[tuple[str, str], Any]) -> None:
    made = list(plan_of(ENVIRONMENT).of(ENDPOINT))
    assert len(made) > 15
    for one in made:
        details = services[one.get("serviceName"), one.get("vpcEndpointType")]
        assert details["VpcEndpointPolicySupported"], one.title
        assert details.get("PrivateDnsNames") or not one.get("privateDnsEnabled"), one.title


def test_every_service_that_is_called_has_an_endpoint_of_that_name_or_is_known_to_have_none(
    services: Mapping[tuple[str, str], Any],
) -> None:
    known = {name.removeprefix(f"com.amazonaws.{REGION}.") for name, _ in services}
    called = {
        endpoint_of(call.action)
        for edge in edges(plan_of(ENVIRONMENT))
        for call in edge.calls
        if edge.service not in ("rds-db", "elasticache")
    }
    assert {"s3", "ecr.api", "ecr.dkr", "kinesis-firehose", "monitoring"} <= called
    assert called - known - {""} == WITHOUT
