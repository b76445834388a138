"""What is stopped is started before the engine changes or deletes it."""

from typing import Any

import boto3
import pytest
from moto.rds.models import rds_backends

from mlp import stopped
from mlp.places import SessionError
from stacks.settings import Settings

DEV = Settings.from_file("dev")
OURS = {"environment": "dev", "managed-by": "pulumi"}


def database(account: boto3.Session, name: str, tags: dict[str, str], status: str = "stopped") -> Any:
    """A database, as moto keeps it."""
    account.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="me",
        MasterUserPassword="password",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    made = rds_backends["111111111111"]["eu-central-1"].databases[name]
    made.status = status
    return made


def node_group(account: boto3.Session, cluster: str, tags: dict[str, str], desired: int) -> dict[str, Any]:
    """Names of a node group."""
    eks, role = account.client("eks"), "arn:aws:iam::111111111111:role/nodes"
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]]
    eks.create_cluster(name=cluster, roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    sizes = {"minSize": desired, "maxSize": 4, "desiredSize": desired}
    names = {"clusterName": cluster, "nodegroupName": "system"}
    eks.create_nodegroup(**names, subnets=subnets, nodeRole=role, scalingConfig=sizes, tags=tags)
    return names


def test_a_stopped_database_is_started_and_waited_for(account: boto3.Session) -> None:
    made = database(account, "ours", OURS)
    told: list[str] = []
    stopped.start(account, DEV, told.append, lambda seconds: None)
    assert made.status == "available"
    assert told == ["the database ours is stopped: starting it; this takes minutes"]


def test_a_database_that_is_stopping_is_started_once_it_has_stopped(account: boto3.Session) -> None:
    made, waits = database(account, "ours", OURS, "stopping"), list[float]()

    def pause(seconds: float) -> None:
        waits.append(seconds)
        made.status = {"stopping": "stopped"}.get(made.status, made.status)

    stopped.start(account, DEV, lambda text: None, pause)
    assert made.status == "available"
    assert waits == [stopped.SECONDS] * 2


def test_a_database_that_does_not_start_ends_in_an_error(
    account: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    database(account, "ours", OURS, "starting")
    monkeypatch.setattr(stopped, "TRIES", 4)
    with pytest.raises(SessionError, match="has not become available within 1 minutes; look at its events"):
        stopped.start(account, DEV, lambda text: None, lambda seconds: None)


@pytest.mark.parametrize("tags", [{}, {**OURS, "environment": "prod"}, {"environment": "dev"}])
def test_what_is_not_the_platform_s_stays_stopped(account: boto3.Session, tags: dict[str, str]) -> None:
    made = database(account, "theirs", tags)
    names = node_group(account, DEV.cluster_name, tags, 0)
    stopped.start(account, DEV, lambda text: pytest.fail(text), lambda seconds: None)
    assert made.status == "stopped"
    found = account.client("eks").describe_nodegroup(**names)["nodegroup"]
    assert found["scalingConfig"]["desiredSize"] == 0


def test_a_node_group_without_nodes_gets_the_settings_sizes(account: boto3.Session) -> None:
    names = node_group(account, DEV.cluster_name, OURS, 0)
    stopped.start(account, DEV, lambda text: None, lambda seconds: None)
    found = account.client("eks").describe_nodegroup(**names)["nodegroup"]
    assert DEV.cluster
    nodes = DEV.cluster.system_nodes
    assert found["scalingConfig"] == {"minSize": nodes.min, "maxSize": nodes.max, "desiredSize": nodes.min}


def test_what_runs_is_left_alone(account: boto3.Session) -> None:
    database(account, "ours", OURS, "available")
    node_group(account, DEV.cluster_name, OURS, 3)
    stopped.start(account, DEV, lambda text: pytest.fail(text), lambda seconds: None)
