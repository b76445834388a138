"""Databases and the parameters they run with."""

from collections.abc import Iterator
from typing import Any

from policies._view import UNKNOWN, Resource
from policies.live._answers import keys, renamed, tags
from policies.live.reader import Reader, collects

_SHARED = {
    "autoMinorVersionUpgrade": "AutoMinorVersionUpgrade",
    "backupRetentionPeriod": "BackupRetentionPeriod",
    "deletionProtection": "DeletionProtection",
    "enabledCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
    "engine": "Engine",
    "engineVersion": "EngineVersion",
    "iamDatabaseAuthenticationEnabled": "IAMDatabaseAuthenticationEnabled",
    "publiclyAccessible": "PubliclyAccessible",
    "storageEncrypted": "StorageEncrypted",
}
_OTHERS = ("docdb", "neptune")
"""Engines of other services, which RDS lists too."""


@collects("aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance")
def instances(read: Reader) -> Iterator[Resource]:
    """Instances, alone and of clusters."""
    key = keys(read)
    for item in read.list("rds", "describe_db_instances", "DBInstances"):
        if item["Engine"] in _OTHERS:
            continue
        in_cluster = item.get("DBClusterIdentifier")
        groups = item.get("DBParameterGroups") or [{}]
        properties = renamed(item, _SHARED) | {
            "clusterIdentifier": in_cluster,
            "identifier": item["DBInstanceIdentifier"],
            "kmsKeyId": key(item.get("KmsKeyId")),
            "multiAz": item.get("MultiAZ"),
            "parameterGroupName": groups[0].get("DBParameterGroupName"),
            "replicateSourceDb": item.get("ReadReplicaSourceDBInstanceIdentifier"),
            "tags": tags(item.get("TagList")),
        }
        token = "aws:rds/clusterInstance:ClusterInstance" if in_cluster else "aws:rds/instance:Instance"
        yield Resource(token, item["DBInstanceArn"], properties, protect=None)


@collects("aws:rds/cluster:Cluster")
def clusters(read: Reader) -> Iterator[Resource]:
    """Clusters."""
    key = keys(read)
    for item in read.list("rds", "describe_db_clusters", "DBClusters"):
        if item["Engine"] in _OTHERS:
            continue
        properties = renamed(item, _SHARED) | {
            "clusterIdentifier": item["DBClusterIdentifier"],
            "dbClusterParameterGroupName": item.get("DBClusterParameterGroup"),
            "kmsKeyId": key(item.get("KmsKeyId")),
            "tags": tags(item.get("TagList")),
        }
        yield Resource("aws:rds/cluster:Cluster", item["DBClusterArn"], properties, protect=None)


@collects("aws:rds/parameterGroup:ParameterGroup")
def parameter_groups(read: Reader) -> Iterator[Resource]:
    """What instances are told, as far as it is not AWS's default."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        name, arn = item["DBParameterGroupName"], item["DBParameterGroupArn"]
        own = read.parts("rds", "describe_db_parameters", "Parameters", DBParameterGroupName=name, Source="user")
        labels = read.parts("rds", "list_tags_for_resource", "TagList", ResourceName=arn)
        properties = {"name": name, "parameters": _parameters(own), "tags": tags(labels)}
        yield Resource("aws:rds/parameterGroup:ParameterGroup", arn, properties, protect=None)

    found = read.list("rds", "describe_db_parameter_groups", "DBParameterGroups")
    yield from read.each(one, filter(lambda item: _is_own(item["DBParameterGroupName"]), found))


@collects("aws:rds/clusterParameterGroup:ClusterParameterGroup")
def cluster_parameter_groups(read: Reader) -> Iterator[Resource]:
    """What clusters are told, as far as it is not AWS's default."""

    def one(item: dict[str, Any]) -> Iterator[Resource]:
        name = item["DBClusterParameterGroupName"]
        group = {"DBClusterParameterGroupName": name}
        own = read.parts("rds", "describe_db_cluster_parameters", "Parameters", Source="user", **group)
        properties = {"name": name, "parameters": _parameters(own)}
        arn = item["DBClusterParameterGroupArn"]
        yield Resource("aws:rds/clusterParameterGroup:ClusterParameterGroup", arn, properties, protect=None)

    found = read.list("rds", "describe_db_cluster_parameter_groups", "DBClusterParameterGroups")
    yield from read.each(one, filter(lambda item: _is_own(item["DBClusterParameterGroupName"]), found))


def _is_own(name: str) -> bool:
    return not name.startswith("default")


def _parameters(items: Any) -> Any:
    if items is UNKNOWN:
        return UNKNOWN
    return [{"name": item["ParameterName"], "value": item.get("ParameterValue")} for item in items]
