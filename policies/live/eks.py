"""Clusters, their managed nodes and add-ons, and compute environments of AWS Batch."""

from collections.abc import Iterator
from typing import Any

from policies._view import UNKNOWN, Resource
from policies.live._answers import keys
from policies.live.reader import Reader, collects

_CLUSTER, _NODES, _ADDON = "aws:eks/cluster:Cluster", "aws:eks/nodeGroup:NodeGroup", "aws:eks/addon:Addon"
_BATCH = "aws:batch/computeEnvironment:ComputeEnvironment"
_UNREAD = "it could not be described"


@collects(_CLUSTER, _NODES, _ADDON)
def clusters(read: Reader) -> Iterator[Resource]:
    """Clusters, and what belongs to each."""
    key = keys(read)

    def one(name: str) -> Iterator[Resource]:
        answer = read.get("eks", "describe_cluster", name=name)
        if answer is UNKNOWN:
            yield Resource(_CLUSTER, _arn(read, "cluster", name), unread=_UNREAD)
        else:
            yield _cluster(answer["cluster"], key)
        for group in read.list("eks", "list_nodegroups", "nodegroups", clusterName=name):
            answer = read.get("eks", "describe_nodegroup", clusterName=name, nodegroupName=group)
            if answer is UNKNOWN:
                yield Resource(_NODES, _arn(read, "nodegroup", f"{name}/{group}"), unread=_UNREAD)
            else:
                yield _node_group(answer["nodegroup"])
        for addon in read.list("eks", "list_addons", "addons", clusterName=name):
            answer = read.get("eks", "describe_addon", clusterName=name, addonName=addon)
            values = UNKNOWN if answer is UNKNOWN else answer["addon"].get("configurationValues")
            found = {"clusterName": name, "addonName": addon, "configurationValues": values}
            yield Resource(_ADDON, _arn(read, "addon", f"{name}/{addon}"), found, protect=None)

    yield from read.each(one, read.list("eks", "list_clusters", "clusters"))


def _arn(read: Reader, kind: str, name: str) -> str:
    return f"arn:aws:eks:{read.region}:{read.account}:{kind}/{name}"


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
        found = {"computeResources": item.get("computeResources"), "tags": item.get("tags")}
        yield Resource(_BATCH, item["computeEnvironmentArn"], found, protect=None)
