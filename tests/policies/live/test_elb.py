from typing import Any

import boto3
import pytest

from policies._verdict import Outcome
from policies.live import elb
from tests.policies.live.verdicts import found

MODERN = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"


@pytest.fixture
def made(session: boto3.Session) -> Any:
    """Makes a load balancer with a listener; the ARNs of both."""
    client, network = session.client("elbv2"), session.client("ec2")
    vpc = network.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        network.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{third}.0/24", AvailabilityZone=f"eu-central-1{zone}")
        for third, zone in enumerate("ab")
    ]
    ids = [one["Subnet"]["SubnetId"] for one in subnets]

    def make(name: str, scheme: str, tags: dict[str, str], **listener: Any) -> tuple[str, str]:
        labels = [{"Key": key, "Value": value} for key, value in {"name": name, **tags}.items()]
        answer = client.create_load_balancer(Name=name, Subnets=ids, Scheme=scheme, Tags=labels)
        arn = answer["LoadBalancers"][0]["LoadBalancerArn"]
        if scheme == "internal" or tags:
            logs = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logs"}
            attributes = [{"Key": key, "Value": value} for key, value in logs.items()]
            client.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
        fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
        answer = client.create_listener(LoadBalancerArn=arn, **{"DefaultActions": [fixed], **listener})
        return arn.rpartition("/")[2], answer["Listeners"][0]["ListenerArn"].rpartition("/")[2]

    return make


def test_load_balancers_and_listeners(session: boto3.Session, made: Any) -> None:
    certificates = [{"CertificateArn": "arn:aws:iam::123456789012:server-certificate/a"}]
    tls = {"Protocol": "HTTPS", "Port": 443, "Certificates": certificates}
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    good = made("good", "internal", {}, **tls, SslPolicy=MODERN)
    meant = made(
        "meant", "internet-facing", {"exposure": "public"}, Protocol="HTTP", Port=80, DefaultActions=[redirect]
    )
    bad = made("bad", "internet-facing", {}, **tls, SslPolicy="ELBSecurityPolicy-2016-08")
    plain = made("plain", "internal", {}, Protocol="HTTP", Port=80)
    outcomes = found(session, "NET-06", elb.load_balancers)
    assert {outcomes[one] for one in (*good, *meant, plain[0])} == {Outcome.PASS}
    assert {outcomes[one] for one in (*bad, plain[1])} == {Outcome.FAIL}
