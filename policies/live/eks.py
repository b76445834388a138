"""Clusters, their managed nodes and add-ons, and compute environments of AWS Batch."""

from collections.abc import Iterator
from typing import Any

from policies._view import UNKNOWN, Resource
from policies.live._answers import keys
from policies.live.reader import Reader, collects

_CLUSTER, _NODES, _ADDON = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "aws:eks/addon:Addon"
_BATCH = "aws:batch/computeEnvironment:ComputeEnvironment"


@collects(_CLUSTER)
def clusters(read: Reader) -> Iterator[Resource]:
    """Clusters."""
    key = keys(read)

    def one(name: str) -> Iterator[Resource]:
        answer = read.get("eks", "describe_cluster", name=name)
        yield _unread(read, _CLUSTER, name) if answer is UNKNOWN else _cluster(answer["cluster"], key)

    yield from read.each(one, read.list("eks", "list_clusters", "clusters"))


@collects(_NODES)
def node_groups(read: Reader) -> Iterator[Resource]:
    """Managed node groups of all clusters."""

    def one(cluster: str) -> Iterator[Resource]:
        for name in read.list("eks", "list_nodegroups", "nodegroups", clusterName=cluster):
            answer = read.get("eks", "describe_nodegroup", clusterName=cluster, nodegroupName=name)
            unread = answer is UNKNOWN
            yield _unread(read, _NODES, f"{cluster}/{name}") if unread else _node_group(answer["nodegroup"])

    yield from read.each(one, read.list("eks", "list_clusters", "clusters"))


@collects(_ADDON)
def addons(read: Reader) -> Iterator[Resource]:
    """Add-ons of all clusters."""

    def one(cluster: str) -> Iterator[Resource]:
        for name in read.list("eks", "list_addons", "addons", clusterName=cluster):
            answer = read.get("eks", "describe_addon", clusterName=cluster, addonName=name)
            values = UNKNOWN if answer is UNKNOWN else answer["addon"].get("configurationValues")
            found = {"clusterName": cluster, "addonName": name, "configurationValues": values}
            yield Resource(_ADDON, _arn(read, _ADDON, f"{cluster}/{name}"), found, protect=None)

    yield from read.each(one, read.list("eks", "list_clusters", "clusters"))


def _arn(read: Reader, token: str, name: str) -> str:
    return f"arn:aws:eks:{read.region}:{read.account}:{token.rpartition(':')[2].lower()}/{name}"


def _unread(read: Reader, token: str, name: str) -> Resource:
    return Resource(token, _arn(read, token, name), protect=None, unread="it could not be described")


def _cluster(item: dict[str, Any], key: Any) -> Resource:
    logging = item.get("logging", {}).get("clusterLogging", [])
    encryption = next(iter(item.get("encryptionConfig") or []), {})
    found = {
        "name": item["name"],
        "version": item.get("version"),
        "vpcConfig": item.get("resourcesVpcConfig"),
        "enabledClusterLogTypes": [kind for one in logging if one.get("enabled") for kind in one["types"]],
        "encryptionConfig": {
            "resources": encryption.get("resources"),
            "provider": {"keyArn": key(encryption.get("provider", {}).get("keyArn"))},
        },
        "accessConfig": item.get("accessConfig"),
        "deletionProtection": item.get("deletionProtection"),
        "tags": item.get("tags"),
    }
    return Resource(_CLUSTER, item["arn"], found, protect=None)


def _node_group(item: dict[str, Any]) -> Resource:
    found = {
        "clusterName": item["clusterName"],
        "amiType": item.get("amiType"),
        "capacityType": item.get("capacityType"),
        "instanceTypes": item.get("instanceTypes"),
        "launchTemplate": item.get("launchTemplate"),
        "remoteAccess": item.get("remoteAccess"),
        "scalingConfig": item.get("scalingConfig"),
        "subnetIds": item.get("subnets"),
        "taints": item.get("taints"),
        "tags": item.get("tags"),
    }
    return Resource(_NODES, item["nodegroupArn"], found, protect=None)


@collects(_BATCH)
def compute_environments(read: Reader) -> Iterator[Resource]:
    """Compute environments of AWS Batch."""
    for item in read.list("batch", "describe_compute_environments", "computeEnvironments"):
        resources = item.get("computeResources", {})
        # AWS writes the one as nobody else does.
        found = {"computeResources": {**resources, "maxVcpus": resources.get("maxvCpus")}, "tags": item.get("tags")}
        yield Resource(_BATCH, item["computeEnvironmentArn"], found, protect=None)
