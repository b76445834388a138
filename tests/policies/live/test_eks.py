from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from policies._verdict import Outcome
from policies._view import Stack
from policies.live import ec2, eks
from policies.live.reader import Clients, Reader
from policies.registry import RULES
from tests.policies.live.verdicts import found

PASS, FAIL = Outcome.PASS, Outcome.FAIL
NUMBER = "123456789012"
LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
CLUSTER: dict[str, Any] = {
    "name": "ml",
    "arn": f"arn:aws:eks:eu-central-1:{NUMBER}:cluster/ml",
    "version": "1.35",
    "resourcesVpcConfig": {"endpointPrivateAccess": True, "endpointPublicAccess": False, "publicAccessCidrs": []},
    "logging": {"clusterLogging": [{"types": LOGS, "enabled": True}]},
    "encryptionConfig": [
        {"resources": ["secrets"], "provider": {"keyArn": f"arn:aws:kms:eu-central-1:{NUMBER}:key/1"}}
    ],
    "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
    "deletionProtection": True,
    "tags": {},
}
OPEN: dict[str, Any] = {
    **CLUSTER,
    "version": "1.29",
    "resourcesVpcConfig": {
        "endpointPrivateAccess": False,
        "endpointPublicAccess": True,
        "publicAccessCidrs": ["0.0.0.0/0"],
    },
    "logging": {"clusterLogging": [{"types": LOGS[:1], "enabled": True}, {"types": LOGS[1:], "enabled": False}]},
    "encryptionConfig": [],
    "accessConfig": {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": True},
    "deletionProtection": False,
}


def answered(cluster: dict[str, Any], settings: str) -> Stack:
    """A cluster as EKS describes it; moto knows neither its access nor its add-ons."""
    session = boto3.Session("id", "secret", region_name="eu-central-1")
    clients = Clients(session)
    key = {"KeyMetadata": {"KeyId": "1", "KeyManager": "CUSTOMER"}}
    addon = {"addon": {"addonName": "vpc-cni", "configurationValues": settings}}
    with Stubber(clients["eks"]) as stub, Stubber(clients["kms"]) as keys:
        stub.add_response("list_clusters", {"clusters": ["ml"]})
        stub.add_response("describe_cluster", {"cluster": cluster}, {"name": "ml"})
        stub.add_response("list_clusters", {"clusters": ["ml"]})
        stub.add_response("list_addons", {"addons": ["vpc-cni"]}, {"clusterName": "ml"})
        stub.add_response("describe_addon", addon, {"clusterName": "ml", "addonName": "vpc-cni"})
        keys.add_response("describe_key", key)
        read = Reader(session, NUMBER, clients=clients)
        resources = (*eks.clusters(read), *eks.addons(read))
    assert not read.errors
    return Stack("prod", resources)


@pytest.mark.parametrize("rule_id", ["EKS-01", "EKS-02", "EKS-03", "EKS-04", "EKS-05", "EKS-07", "EKS-10"])
@pytest.mark.parametrize(
    ("cluster", "settings", "outcome"),
    [
        pytest.param(CLUSTER, '{"enableNetworkPolicy": "true"}', PASS, id="good"),
        pytest.param(OPEN, "{}", FAIL, id="bad"),
    ],
)
def test_clusters(rule_id: str, cluster: dict[str, Any], settings: str, outcome: Outcome) -> None:
    [rule] = [one for one in RULES if one.id == rule_id]
    stack = answered(cluster, settings)
    [judged] = [one for one in stack.resources if rule.covers(one.type)]
    assert rule.judge(judged, stack).outcome is outcome


def test_node_groups(session: boto3.Session) -> None:
    network, client = session.client("ec2"), session.client("eks")
    vpc = network.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    private, public = (
        network.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{third}.0/24")["Subnet"]["SubnetId"] for third in (0, 1)
    )
    gateway = network.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    network.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = network.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    network.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    network.associate_route_table(RouteTableId=table, SubnetId=public)
    role = f"arn:aws:iam::{NUMBER}:role/nodes"
    client.create_cluster(name="ml", roleArn=role, resourcesVpcConfig={"subnetIds": [private, public]})
    # Moto makes an SSH key up where nothing is said of remote access.
    common: Any = {"clusterName": "ml", "nodeRole": role, "remoteAccess": {"sourceSecurityGroups": ["sg-1"]}}
    good = client.create_nodegroup(
        **common,
        nodegroupName="good",
        subnets=[private],
        instanceTypes=["m7i.large"],
        scalingConfig={"minSize": 1, "desiredSize": 1, "maxSize": 3},
    )["nodegroup"]["nodegroupArn"]
    bad = client.create_nodegroup(
        **common,
        nodegroupName="bad",
        subnets=[private, public],
        instanceTypes=["p3.16xlarge"],
        capacityType="ON_DEMAND",
        scalingConfig={"minSize": 1, "desiredSize": 1, "maxSize": 300},
    )["nodegroup"]["nodegroupArn"]

    def outcomes(rule_id: str) -> list[Outcome]:
        judged = found(session, rule_id, eks.node_groups, ec2.vpcs, ec2.routes)
        return [judged[arn.rpartition("/")[2]] for arn in (good, bad)]

    assert outcomes("EKS-06") == outcomes("CST-01") == outcomes("CST-03") == [PASS, FAIL]
    assert outcomes("CST-02") == [Outcome.NOT_APPLICABLE, FAIL]


def test_compute_environments(session: boto3.Session) -> None:
    stub = {"computeEnvironments": [environment("good", "g5.xlarge", 256), environment("bad", "p3.16xlarge", 9999)]}
    clients = Clients(session)
    for rule_id in ("CST-01", "CST-03"):
        [rule] = [one for one in RULES if one.id == rule_id]
        with Stubber(clients["batch"]) as answers:
            answers.add_response("describe_compute_environments", stub)
            resources = tuple(eks.compute_environments(Reader(session, NUMBER, clients=clients)))
        outcomes = [rule.judge(one, Stack("prod", (one,))).outcome for one in resources]
        assert outcomes == [PASS, FAIL]


def environment(name: str, instance_type: str, most: int) -> dict[str, Any]:
    arn = f"arn:aws:batch:eu-central-1:{NUMBER}:compute-environment/{name}"
    resources = {"type": "SPOT", "maxvCpus": most, "subnets": [], "instanceTypes": [instance_type]}
    return {"computeEnvironmentName": name, "computeEnvironmentArn": arn, "computeResources": resources}
