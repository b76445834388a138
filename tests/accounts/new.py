"""An account on its first day: nothing in it, the quotas that AWS begins with, and the credentials of a person."""

from typing import Any

from botocore.exceptions import ClientError

from tests.accounts.world import DEV, World

QUOTAS = {"L-1216C47A": 5.0, "L-34B43A08": 5.0, "L-2DC20C30": 1.0}
"""EC2 User Guide, "Spot Instance quotas": the default is 5 vCPUs of standard instances, and none of others; and few
builds of CodeBuild."""
ENGINES = ("16.10", "17.6", "17.7")
PUBLISHED = "/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/"


def new(world: World, quotas: dict[str, float] = QUOTAS) -> None:
    """Answer what moto does not have, as AWS answers in such an account."""
    assert DEV.cluster
    world.answer("ce", "GetAnomalyMonitors", {"AnomalyMonitors": []})
    world.answer("accessanalyzer", "ListAnalyzers", {"analyzers": []})
    world.refuse("eks", "ListAccessEntries", "ResourceNotFoundException", "No cluster found")
    world.refuse("codeconnections", "GetConnection", "ResourceNotFoundException")
    world.answer("eks", "DescribeAddonVersions", lambda asked: addon(asked["addonName"]))
    world.answer("service-quotas", "GetServiceQuota", lambda asked: quota(asked["QuotaCode"], quotas))
    world.answer("ssm", "GetParameter", node_image)
    user = world.client("iam").create_user(UserName="ada")["User"]["UserName"]
    world.sign_in(world.client("iam").create_access_key(UserName=user)["AccessKey"])
    offered = [{"Engine": "postgres", "EngineVersion": one, "DBInstanceClass": "db.t4g.medium"} for one in ENGINES]
    world.answer("rds", "DescribeOrderableDBInstanceOptions", {"OrderableDBInstanceOptions": offered})


def addon(name: str, *versions: str) -> dict[str, Any]:
    """The add-on versions of the cluster's Kubernetes version: those that dev pins, or others."""
    assert DEV.cluster
    compatible = {"clusterVersion": "1.35", "platformVersions": ["*"], "defaultVersion": True}
    found = [
        {"addonVersion": one, "architecture": ["amd64"], "compatibilities": [compatible]}
        for one in versions or (DEV.cluster.addons[name],)
    ]
    return {"addons": [{"addonName": name, "type": "networking", "addonVersions": found}]}


def quota(code: str, quotas: dict[str, float]) -> dict[str, Any]:
    """A quota as Service Quotas shows it."""
    return {"Quota": {"ServiceCode": "ec2", "QuotaCode": code, "Value": quotas.get(code, 0.0), "Adjustable": True}}


def node_image(asked: dict[str, Any]) -> dict[str, Any]:
    """The parameter of the node images that dev pins, which AWS has published."""
    name = asked["Name"]
    if not name.startswith(PUBLISHED) or not name.endswith("-1.35-v20261023/image_id"):
        raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
    return {"Parameter": {"Name": name, "Type": "String", "Value": "ami-0123456789abcdef0", "Version": 1}}
