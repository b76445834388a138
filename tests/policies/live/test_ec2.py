import json
from typing import Any

import boto3
import pytest

from policies._verdict import Outcome
from policies.live import ec2
from policies.live.reader import Reader
from tests.policies.live.verdicts import found

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
KEY = "arn:aws:kms:eu-central-1:123456789012:key/{}"
NUMBER = "123456789012"


@pytest.fixture
def client(session: boto3.Session) -> Any:
    return session.client("ec2")


@pytest.fixture
def vpc(client: Any) -> str:
    return client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def opened(client: Any, vpc: str, port: int, cidr: str, tags: dict[str, str] | None = None) -> str:
    labels = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    specification = [{"ResourceType": "security-group", "Tags": labels}] if labels else []
    group = client.create_security_group(
        GroupName=f"g{port}-{len(labels)}", Description="d", VpcId=vpc, TagSpecifications=specification
    )["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
    answer = client.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    return answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]


def test_ways_in(session: boto3.Session, client: Any, vpc: str) -> None:
    own = opened(client, vpc, 5000, "10.0.0.0/16")
    everybody = opened(client, vpc, 22, "0.0.0.0/0")
    unmarked = opened(client, vpc, 443, "0.0.0.0/0")
    public = opened(client, vpc, 443, "0.0.0.0/0", {"exposure": "public"})
    outcomes = found(session, "NET-01", ec2.security_groups)
    assert {rule: outcomes[rule] for rule in (own, everybody, unmarked, public)} == {
        own: PASS,
        everybody: FAIL,
        unmarked: FAIL,
        public: PASS,
    }


def test_the_default_security_group(session: boto3.Session, client: Any, vpc: str) -> None:
    assert found(session, "NET-02", ec2.vpcs, ec2.security_groups)[vpc] is FAIL
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    [group] = client.describe_security_groups(Filters=filters)["SecurityGroups"]
    client.revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    if group["IpPermissions"]:
        client.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    assert found(session, "NET-02", ec2.vpcs, ec2.security_groups)[vpc] is PASS


def test_flow_logs(session: boto3.Session, client: Any, vpc: str) -> None:
    assert found(session, "NET-03", ec2.vpcs, ec2.flow_logs)[vpc] is FAIL
    for bucket in ("some", "all"):
        place: Any = {"LocationConstraint": "eu-central-1"}
        session.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    common = {"ResourceIds": [vpc], "ResourceType": "VPC", "LogDestinationType": "s3"}
    client.create_flow_logs(**common, TrafficType="REJECT", LogDestination="arn:aws:s3:::some")
    assert found(session, "NET-03", ec2.vpcs, ec2.flow_logs)[vpc] is FAIL
    client.create_flow_logs(**common, TrafficType="ALL", LogDestination="arn:aws:s3:::all")
    assert found(session, "NET-03", ec2.vpcs, ec2.flow_logs)[vpc] is PASS


def test_private_endpoints(session: boto3.Session, client: Any, vpc: str) -> None:
    def endpoint(service: str, condition: dict[str, Any]) -> str:
        statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **condition}
        return client.create_vpc_endpoint(
            VpcId=vpc,
            VpcEndpointType="Gateway" if service == "s3" else "Interface",
            ServiceName=f"com.amazonaws.eu-central-1.{service}",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )["VpcEndpoint"]["VpcEndpointId"]

    def outcome() -> Outcome:
        return found(session, "NET-04", ec2.vpcs, ec2.endpoints, environment="local")[vpc]

    own = {"Condition": {"StringEquals": {"aws:PrincipalAccount": NUMBER}}}
    for service in ("ecr.api", "ecr.dkr"):
        endpoint(service, own)
    assert outcome() is FAIL
    for service in ("s3", "sts"):
        open_ = endpoint(service, {})
        assert outcome() is FAIL
        client.delete_vpc_endpoints(VpcEndpointIds=[open_])
        endpoint(service, own)
    assert outcome() is PASS


def test_public_addresses(session: boto3.Session, client: Any, vpc: str) -> None:
    subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    image = client.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launch = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "SubnetId": subnet, "InstanceType": "g5.xlarge"}
    [private] = client.run_instances(**launch)["Instances"]
    outcomes = found(session, "NET-05", ec2.vpcs, ec2.machines)
    assert (outcomes[subnet], outcomes[private["InstanceId"]]) == (PASS, PASS)
    assert found(session, "CST-01", ec2.machines)[private["InstanceId"]] is PASS
    client.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    [public] = client.run_instances(**{**launch, "InstanceType": "p3.16xlarge"})["Instances"]
    outcomes = found(session, "NET-05", ec2.vpcs, ec2.machines)
    assert (outcomes[subnet], outcomes[public["InstanceId"]]) == (FAIL, FAIL)
    assert found(session, "CST-01", ec2.machines)[public["InstanceId"]] is FAIL
    client.terminate_instances(InstanceIds=[public["InstanceId"]])
    assert public["InstanceId"] not in found(session, "CST-01", ec2.machines)


def test_launch_templates(session: boto3.Session, client: Any) -> None:
    own = session.client("kms").create_key()["KeyMetadata"]["Arn"]

    def template(name: str, hops: int, key: str | None) -> str:
        ebs = {"Encrypted": True, "VolumeSize": 50, **({"KmsKeyId": key} if key else {})}
        data = {
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": hops},
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": ebs}],
        }
        made = client.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)
        return made["LaunchTemplate"]["LaunchTemplateId"]

    good, bad = template("good", 1, own), template("bad", 2, None)
    assert found(session, "EKS-08", ec2.launch_templates) == {good: PASS, bad: FAIL}
    assert found(session, "EKS-09", ec2.launch_templates) == {good: PASS, bad: FAIL}


def test_a_subnet_without_a_table_of_its_own_has_the_main_one(session: boto3.Session, client: Any, vpc: str) -> None:
    subnet = client.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    tables = client.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    read = [one.properties for one in ec2.routes(Reader(session, NUMBER)) if one.get("subnetId") == subnet]
    assert [one["routeTableId"] for one in read] == [tables[0]["RouteTableId"]]


def test_what_a_passing_environment_has_left(session: boto3.Session, client: Any) -> None:
    def vpc_until(day: str) -> str:
        labels = [{"ResourceType": "vpc", "Tags": [{"Key": "ttl", "Value": day}]}]
        return client.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=labels)["Vpc"]["VpcId"]

    past, coming = vpc_until("2026-01-31"), vpc_until("2099-12-31")
    outcomes = found(session, "CST-06", ec2.vpcs)
    assert (outcomes[past], outcomes[coming]) == (FAIL, PASS)
