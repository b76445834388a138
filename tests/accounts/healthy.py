"""An account in which dev is up: everything that the settings name is there, and the stack has made the rest."""

import base64
import json
from typing import Any

from tests.accounts.new import new
from tests.accounts.world import DEV, NUMBER, World

CLUSTER, DOMAIN = "ml-platform-dev-cluster", "dev.models.models.test"
CACHE = "ml-platform-dev-features"
LINKED, PROVIDER = "aws:iam/serviceLinkedRole:ServiceLinkedRole", "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
MONITOR = f"arn:aws:ce::{NUMBER}:anomalymonitor/1a1b2c3d-0000-0000-0000-000000000000"
LOG_GROUPS = (
    "/aws/cloudtrail/ml-platform-dev-audit",
    f"/aws/eks/{CLUSTER}/cluster",
    "/aws/batch/ml-platform-dev-batch",
)
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {
        "mediaType": "application/vnd.docker.container.image.v1+json",
        "size": 1,
        "digest": "sha256:" + 64 * "a",
    },
    "layers": [],
}


def healthy(world: World, endpoint: str, authority: bytes) -> None:
    """Make it, with an API server at an address, and sign in as the operator."""
    new(world, dict.fromkeys(("L-1216C47A", "L-2DC20C30", "L-34B43A08", "L-3819A6DF", "L-DB2E81BA"), 256.0))
    connection(world, "AVAILABLE")
    world.bootstrap()
    world.role("ml-scientist")
    operator = world.role("ml-operator")
    world.write_state(*guards(world), *log_groups(world), *secrets(world), topic(world), cache(world, "8.0.1"))
    images(world)
    world.certificate(f"*.{DOMAIN}")
    assert DEV.edge
    if DEV.edge.aliases:
        world.set("edge.certificate", world.certificate(f"*.{DOMAIN}", "us-east-1"))
        world.set("edge.aliases", [f"edge.{DOMAIN}"])
    world.client("route53").create_hosted_zone(Name="models.test.", CallerReference="1")
    cluster(world, endpoint, authority)
    world.assume(operator)


def connection(world: World, status: str, provider: str = "GitHub") -> None:
    """The connection that the settings name, as CodeConnections shows it."""
    shown = {"ConnectionName": "github", "ProviderType": provider, "ConnectionStatus": status}
    world.answer("codeconnections", "GetConnection", {"Connection": shown})


def guards(world: World) -> list[tuple[str, str, str]]:
    """What an account has one of, made by the stack."""
    linked = world.role("AWSServiceRoleForConfig", "/aws-service-role/config.amazonaws.com/")
    spot = world.role("AWSServiceRoleForEC2Spot", "/aws-service-role/spot.amazonaws.com/")
    world.client("config").put_configuration_recorder(ConfigurationRecorder={"name": "threats", "roleARN": linked})
    detector = world.client("guardduty").create_detector(Enable=True)["DetectorId"]
    provider = world.client("iam").create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
    )["OpenIDConnectProviderArn"]
    monitor = {"MonitorArn": MONITOR, "MonitorName": "all", "MonitorType": "DIMENSIONAL", "MonitorDimension": "SERVICE"}
    world.answer("ce", "GetAnomalyMonitors", {"AnomalyMonitors": [monitor]})
    return [
        (LINKED, "threats-config", linked),
        (LINKED, "gpu-spot", spot),
        (PROVIDER, "ci", provider),
        ("aws:guardduty/detector:Detector", "threats", detector),
        ("aws:cfg/recorder:Recorder", "threats-config", "threats"),
        ("aws:costexplorer/anomalyMonitor:AnomalyMonitor", "costs", MONITOR),
    ]


def log_groups(world: World) -> list[tuple[str, str, str]]:
    """Log groups of the stack."""
    for name in LOG_GROUPS:
        world.client("logs").create_log_group(logGroupName=name)
    return [("aws:cloudwatch/logGroup:LogGroup", name, name) for name in LOG_GROUPS]


def secrets(world: World) -> list[tuple[str, str, str]]:
    """The secrets, with values."""
    assert DEV.secrets
    found = []
    for name in DEV.secrets.names:
        made = world.client("secretsmanager").create_secret(Name=name, SecretString="...")
        found.append(("aws:secretsmanager/secret:Secret", f"secrets-{name}", made["ARN"]))
    return found


def topic(world: World) -> tuple[str, str, str]:
    """A topic, whose one subscriber has confirmed."""
    arn = world.client("sns").create_topic(Name="page")["TopicArn"]
    world.client("sns").subscribe(TopicArn=arn, Protocol="email", Endpoint="ml-oncall@models.test")
    return "aws:sns/topic:Topic", "notifications-page", arn


def cache(world: World, version: str) -> tuple[str, str, str]:
    """A cache with a version of its engine, beside one of others."""
    node = {"CacheClusterId": f"{CACHE}-001", "ReplicationGroupId": CACHE, "EngineVersion": version}
    other = {"CacheClusterId": "other", "EngineVersion": "9.0.0"}
    world.answer("elasticache", "DescribeCacheClusters", {"CacheClusters": [other, node]})
    return "aws:elasticache/replicationGroup:ReplicationGroup", "features", CACHE


def images(world: World) -> None:
    """An image in each repository; the settings name its digest."""
    assert DEV.registry
    ecr = world.client("ecr")
    for name in DEV.registry.repositories:
        repository = f"ml-platform-dev-registry/{name}"
        ecr.create_repository(repositoryName=repository)
        pushed = ecr.put_image(repositoryName=repository, imageManifest=json.dumps(MANIFEST), imageTag="1")
        world.replace("@sha256:1{64}", f"@{pushed['image']['imageId']['imageDigest']}")


def cluster(world: World, endpoint: str, authority: bytes) -> None:
    """The cluster, which lets the operator in."""
    data = base64.b64encode(authority).decode()
    found: dict[str, Any] = {"name": CLUSTER, "endpoint": endpoint, "certificateAuthority": {"data": data}}
    world.answer("eks", "DescribeCluster", {"cluster": found})
    world.answer("eks", "ListNodegroups", {"nodegroups": []})
    entries(world, f"arn:aws:iam::{NUMBER}:role/ml-operator")


def entries(world: World, arn: str, policy: str = "AmazonEKSClusterAdminPolicy", scope: str = "cluster") -> None:
    """One access entry with one policy, as EKS lists them."""
    world.answer("eks", "ListAccessEntries", {"accessEntries": [arn]})
    one = {
        "policyArn": f"arn:aws:eks::aws:cluster-access-policy/{policy}",
        "accessScope": {"type": scope, "namespaces": ["vision"] if scope == "namespace" else []},
    }
    found = {"clusterName": CLUSTER, "principalArn": arn, "associatedAccessPolicies": [one]}
    world.answer("eks", "ListAssociatedAccessPolicies", found)
